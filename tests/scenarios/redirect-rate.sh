# Redirects are sent less and less often to a sender who doesn't heed them, and not at all where they are off.
exec 2>&1
# h, r1 and r2 on one LAN (a bridge in sw); d behind r2
for n in sw h r1 r2 d; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in h r1 r2; do
  ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw address 02:00:00:00:01:0$i
  ip -n sw link set p$i master br0 up; ip -n $n addr add 10.0.0.$i/24 dev eth0; ip -n $n link set eth0 up; i=$((i+1))
done
ip link add eth1 netns r2 address 02:00:00:00:02:03 type veth peer name eth0 netns d address 02:00:00:00:02:04
ip -n r2 addr add 10.2.0.3/24 dev eth1; ip -n d addr add 10.2.0.4/24 dev eth0; ip -n r2 link set eth1 up; ip -n d link set eth0 up
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip -n h route add default via 10.0.0.2; ip -n r1 route add 10.2.0.0/24 via 10.0.0.3; ip -n d route add default via 10.2.0.3
until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = 3 ]; do sleep 0.05; done
H() { ip netns exec h "$@"; }
c() { echo "# $*"; ip netns exec r1 nstat -az | awk '/IcmpOutRedirects|IpForwDatagrams/ {print $1, $2}'; }
H sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0
H ping -q -c1 -W1 10.2.0.4 | grep received | sed 's/, time.*//'; c the first
sleep 0.3; H ping -q -i 0.002 -c 2 -W1 10.2.0.4 | grep received | sed 's/, time.*//'; c at once
sleep 0.4
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c after a while
ip netns exec r1 sysctl -qw net.ipv4.conf.all.send_redirects=0; sleep 1
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c all off, the device on
ip netns exec r1 sysctl -qw net.ipv4.conf.eth0.send_redirects=0; sleep 1
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c off
