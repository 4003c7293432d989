# Links that narrow step by step: each router says its MTU, the sender's route cache learns, counters tell; without DF routers cut, with
# and without fragments that are cut again; ping sizes around each limit.
exec 2>&1
n() { ip netns exec "$@"; }
for i in 0 1 2 3 4; do ip netns add n$i; ip -n n$i link set lo up; n n$i sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; done
mtu=(1500 1400 1280 1000)
for i in 0 1 2 3; do j=$((i + 1))
  ip link add r netns n$i address 02:00:00:00:0$i:01 type veth peer name l netns n$j address 02:00:00:00:0$i:02
  ip -n n$i link set dev r mtu ${mtu[$i]} up; ip -n n$j link set dev l mtu ${mtu[$i]} up
  ip -n n$i addr add 10.0.$i.1/24 dev r; ip -n n$j addr add 10.0.$i.2/24 dev l; done
for i in 0 1 2; do ip -n n$i route add 10.0.3.0/24 via 10.0.$i.2; done
for i in 2 3 4; do ip -n n$i route add 10.0.0.0/24 via 10.0.$((i - 1)).1; done
for i in 0 1 2 3; do until ip -n n$i link show dev r | grep -q LOWER_UP; do sleep 0.05; done; done
n n0 ping -q -c1 -W1 10.0.3.2 | grep -o '[0-9] received'
probe() { echo "# ping $*"; n n0 ping -n -c1 -W0.3 "$@" 10.0.3.2 | grep -v '^PING\|^rtt\|^---\|^$' | sed 's/time.*//; s/ttl=/ttl /'; }
echo "== with DF"
for s in 973 1253 1373 1473 972 1372 1252; do probe -M do -s $s; ip -n n0 route get 10.0.3.2 | sed 's/expires [0-9]*sec/expires N/'; done
echo "== cutting on the way"
ip -n n0 route flush cache; n n0 sysctl -qw net.ipv4.ip_no_pmtu_disc=1
for s in 100 972 973 1252 1253 1372 1373 1472 1473 3000 8000 65507 65508; do probe -M dont -s $s; done
for i in 0 1 2 3 4; do echo "# n$i"; n n$i nstat -az | awk '/^Ip(Frag|Reasm|Forw|OutReq|InDel|InRec)|^IcmpOutDest|^IcmpInDest/ {print $1, $2}'; done
echo "== a locked route, a route with an MTU"
ip -n n0 route flush cache; n n0 sysctl -qw net.ipv4.ip_no_pmtu_disc=0
ip -n n0 route replace 10.0.3.0/24 via 10.0.0.2 mtu lock 1400; probe -M want -s 1300; probe -M want -s 1400; ip -n n0 route get 10.0.3.2 | sed 's/expires [0-9]*sec/expires N/'
ip -n n0 route replace 10.0.3.0/24 via 10.0.0.2 mtu 900; probe -M do -s 872; probe -M do -s 873; probe -M want -s 1300; ip -n n0 route get 10.0.3.2
n n0 tracepath -n -m 6 10.0.3.2 | sed 's/ *[0-9.]*ms//'
ip -n n0 route replace 10.0.3.0/24 via 10.0.0.2; n n0 tracepath -n -m 6 10.0.3.2 | sed 's/ *[0-9.]*ms//'; n n0 tracepath -n -m 6 -l 1200 10.0.3.2 | sed 's/ *[0-9.]*ms//'
