# Routers with VRFs: overlapping addresses in two of them, leaks by rules and by routes with another device, what errors and traceroutes show.
exec 2>&1
n() { ip netns exec "$@"; }
for i in a b c d r; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.icmp_ratelimit=0; done
n r sysctl -qw net.ipv4.ip_forward=1
k=0; for i in a b c d; do k=$((k + 1)); ip link add e0 netns $i address 02:00:00:00:0$k:01 type veth peer name to$i netns r address 02:00:00:00:0$k:02; ip -n $i link set e0 up; ip -n r link set to$i up; done
ip -n r link add red type vrf table 10; ip -n r link add blue type vrf table 20; ip -n r link set red up; ip -n r link set blue up
ip -n r link set dev toa master red; ip -n r link set dev tob master red; ip -n r link set toc master blue; ip -n r link set tod master blue
ip -n a addr add 10.0.1.1/24 dev e0; ip -n r addr add 10.0.1.254/24 dev toa; ip -n b addr add 10.0.2.1/24 dev e0; ip -n r addr add 10.0.2.254/24 dev tob
ip -n c addr add 10.0.1.1/24 dev e0; ip -n r addr add 10.0.1.254/24 dev toc; ip -n d addr add 10.0.3.1/24 dev e0; ip -n r addr add 10.0.3.254/24 dev tod
ip -n a route add default via 10.0.1.254; ip -n b route add default via 10.0.2.254; ip -n c route add default via 10.0.1.254; ip -n d route add default via 10.0.3.254
for i in a b c d; do until ip -n $i link show e0 | grep -q LOWER_UP; do sleep 0.05; done; done
p() { echo "# $1 -> $2"; n $1 ping -n -c1 -W1 $2 | grep -v '^PING\|^rtt\|^---\|^$\|packets' | sed 's/time.*//'; }
ip -n r route show vrf red; ip -n r route show vrf blue; ip -n r route show table 10; ip -n r rule
for t in "a 10.0.2.1" "a 10.0.3.1" "c 10.0.3.1" "c 10.0.2.1" "b 10.0.1.1" "d 10.0.1.1" "a 10.0.1.254" "a 10.0.2.254" "a 10.0.3.254"; do p $t; done
echo "== default routes that refuse"
ip -n r route add vrf red unreachable default metric 4278198272; ip -n r route add vrf blue prohibit default metric 4278198272; sleep 2; p a 9.9.9.9; p c 9.9.9.9
echo "== a leak by route"
ip -n r route add vrf red 10.0.3.0/24 dev blue; ip -n r route add vrf blue 10.0.2.0/24 dev red; ip -n r route show vrf red; p b 10.0.3.1; p d 10.0.2.1; p a 10.0.3.1
ip -n r route get 10.0.3.1 vrf red; ip -n r route get 10.0.3.1 from 10.0.2.1 iif tob; ip -n r route get 10.0.2.1 vrf blue
n b traceroute -n -q1 -w1 10.0.3.1 | sed 's/ *[0-9.]* ms//'; n b tracepath -n -m4 10.0.3.1 | sed 's/ *[0-9.]*ms//'
echo "== a leak by rule"
ip -n r route del vrf red 10.0.3.0/24; ip -n r route del vrf blue 10.0.2.0/24
ip -n r rule add iif tob to 10.0.3.0/24 lookup 20 prio 500; ip -n r rule add iif tod to 10.0.2.0/24 lookup 10 prio 501; p b 10.0.3.1; ip -n r rule
echo "== from the router"
for v in red blue; do n r ping -n -q -c1 -W1 -I $v 10.0.1.1 | grep -o '[0-9] received'; done; n r ping -q -c1 -W1 -I toa 10.0.1.1 | grep -o '[0-9] received'; n r ping -q -c1 -W1 10.0.1.1 | grep -o '[0-9] received\|.*nreach.*'
echo "== a port leaves, a VRF goes"
ip -n r link set dev tob nomaster; ip -n r route show table 10; ip -n r route; p a 10.0.2.1; ip -n r link del red; ip -n r route show table 10; ip -n r route; ip -n r rule; p a 10.0.2.1
