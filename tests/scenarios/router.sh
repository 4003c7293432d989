# A router between two hosts: forwarding off and on, every ICMP error that ping can provoke, counters.
exec 2>&1
ip netns add h1; ip netns add r; ip netns add h2
ip link add eth0 netns h1 address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth0 netns h2 address 02:00:00:00:02:01 type veth peer name eth2 netns r address 02:00:00:00:02:02
ip -n h1 addr add 10.0.1.2/24 dev eth0; ip -n h2 addr add 10.0.2.2/24 dev eth0
ip -n r addr add 10.0.1.1/24 dev eth1;  ip -n r addr add 10.0.2.1/24 dev eth2
for n in h1 r h2; do ip -n $n link set lo up; done
ip -n h1 link set eth0 up; ip -n h2 link set eth0 up; ip -n r link set eth1 up; ip -n r link set eth2 up
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
echo "# forwarding off"; ip netns exec h1 ping -c1 -W1 10.0.2.2
ip netns exec r sysctl -w net.ipv4.ip_forward=1
echo "# on"; ip netns exec h1 ping -c1 -W1 10.0.2.2 | sed 's/time=.*//;s/rtt.*//;s/time .*//'
echo "# ttl"; ip netns exec h1 ping -c1 -W1 -t1 10.0.2.2| sed 's/time .*//'
echo "# host unreach"; ip netns exec h1 ping -c1 -W4 10.0.2.77| sed 's/time .*//'
echo "# net unreach"; ip netns exec h1 ping -c1 -W1 10.9.9.9| sed 's/time .*//'
echo "# local unreach"; ip netns exec h1 ping -c1 -W4 10.0.1.77| sed 's/time .*//'
echo "# no route"; ip -n h1 route del default; ip netns exec h1 ping -c1 -W1 10.0.2.2
ip -n h1 route add blackhole 10.1.0.0/16; ip -n h1 route add unreachable 10.2.0.0/16;  ip -n h1 route add prohibit 10.3.0.0/16
for a in 10.1.1.1 10.2.1.1 10.3.1.1 255.255.255.255 0.0.0.0 224.0.0.5; do echo "# $a"; ip netns exec h1 ping -c1 -W1 $a| sed 's/time .*//;s/time=.*//;s/rtt.*//;s/id=.*//'; ip -n h1 route get $a; done
echo "# big"; ip netns exec h1 ping -c1 -W1 -s 5000 10.0.1.1 | sed 's/time .*//;s/time=.*//;s/rtt.*//'
ip netns exec h1 ping -c1 -W1 -M do -s 5000 10.0.1.1 | sed 's/time .*//;s/time=.*//;s/rtt.*//'
echo "# bcast"; ip netns exec h1 ping -c1 -W1 10.0.1.255; ip netns exec h1 ping -b -c1 -W1 10.0.1.255| sed 's/time .*//;s/time=.*//;s/rtt.*//'
echo "# self"; ip netns exec h1 ping -c1 10.0.1.2 | sed 's/time .*//;s/time=.*//;s/rtt.*//'
echo "# -I"; ip netns exec h1 ping -I eth0 -c1 10.0.1.1 | sed 's/time .*//;s/time=.*//;s/rtt.*//'; ip netns exec h1 ping -I 10.0.1.2 -c1 10.0.1.1 | sed 's/time .*//;s/time=.*//;s/rtt.*//';  ip netns exec h1 ping -I 10.0.1.9 -c1 10.0.1.1;  ip netns exec h1 ping -I nodev -c1 10.0.1.1
ip netns exec r nstat -az 2>/dev/null | grep -E "^Ip|^Icmp" | grep -v Ip6 | grep -v Icmp6
for n in h1 r h2; do ip -n $n neigh | sed 's,REACHABLE\|STALE\|DELAY,VALID,' | sort; ip -n $n route show table all; ip -n $n -br addr; ip -n $n rule; done
