# Addresses of other networks on lo, and 127/8 on other devices: who answers, who may be asked.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns a address 02:00:00:00:00:0a type veth peer name eth0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0; ip -n a link set eth0 up; ip -n b link set eth0 up
ip -n b addr add 192.0.2.1/24 dev lo; ip -n b addr add 198.51.100.1/32 dev lo; ip -n b addr add 10.0.0.77/32 dev lo scope host; ip -n b addr add 127.5.0.1/32 dev eth0; sleep 0.3
ip -n b addr show lo | grep inet; ip -n b route show table all
ip -n a route add 192.0.2.0/24 via 10.0.0.2; ip -n a route add 198.51.100.0/24 via 10.0.0.2; ip -n a route add 127.5.0.0/16 via 10.0.0.2
p() { echo "# $*"; ip netns exec $1 ping -c1 -W1 "${@:2}" 2>&1 | grep -E 'from|transm|ping:|connect' | sed 's/, time .*//; s/time=.*//'; }
p a 192.0.2.1; p a 192.0.2.77; p a 198.51.100.1; p a 198.51.100.2; p a 10.0.0.77; p a 127.5.0.1
p b 192.0.2.77; p b 192.0.2.255; p b 127.5.0.1; p b 127.77.77.77; p b 10.0.0.77; p b -I 10.0.0.77 10.0.0.1; p b -I 192.0.2.1 10.0.0.1; p b -I 127.5.0.1 10.0.0.1
for a in 192.0.2.1 192.0.2.77 192.0.2.255 198.51.100.1 127.5.0.1 127.5.0.2 10.0.0.77; do ip -n b route get $a; ip -n b route get $a from 10.0.0.1 iif eth0; done
ip netns exec b sysctl -qw net.ipv4.conf.eth0.route_localnet=1; ip netns exec a sysctl -qw net.ipv4.conf.eth0.route_localnet=1
p a 127.5.0.1; p b -I 127.5.0.1 10.0.0.1
ip -n b route get 127.5.0.1 from 10.0.0.1 iif eth0; ip -n b route get 127.9.0.1 from 10.0.0.1 iif eth0
echo "# lo down"; ip -n b link set lo down; ip -n b route show table all; p b 127.0.0.1; p b 10.0.0.2; p b 192.0.2.1; p a 192.0.2.1; p a 10.0.0.2
ip -n b link set lo up; ip -n b route show table all; ip -n b addr show lo | grep inet
ip -n b addr del 127.0.0.1/8 dev lo; ip -n b route show table local; p b 127.0.0.1; p b 10.0.0.2
ip -n b link set lo down; ip -n b link set lo up; ip -n b addr show lo | grep inet
ip netns exec b sysctl net.ipv4.conf.lo.disable_policy net.ipv4.conf.lo.disable_xfrm
