# What `ip monitor route` tells, in order, of every kind of change: added, replaced, changed, appended, deleted, flushed; by address, device and nexthop.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip -d monitor route >mon & m=$!
sleep 0.5
sep() { sleep 0.1; ip route add 1.0.0.0/$((8 + ++k % 20)) dev d0; ip route del 1.0.0.0/$((8 + k % 20)) dev d0; }
ip route add 10.9.0.0/16 via 10.0.0.2; ip route add 10.9.0.0/16 via 10.0.0.2 2>/dev/null; sep
ip route replace 10.9.0.0/16 via 10.0.0.3; ip route replace 10.9.0.0/16 via 10.0.0.3; ip route change 10.9.0.0/16 via 10.0.0.4 mtu 1400; sep
ip route append 10.9.0.0/16 via 10.0.0.5; ip route prepend 10.9.0.0/16 via 10.0.0.6; ip route append 10.9.0.0/16 via 10.0.0.5 2>/dev/null; sep
ip route add 10.9.0.0/16 via 10.0.1.2 metric 10; ip route replace 10.9.0.0/16 via 10.0.1.3 metric 10; ip route del 10.9.0.0/16 metric 10; sep
ip route del 10.9.0.0/16; ip route del 10.9.0.0/16 via 10.0.0.5; ip route del 10.9.0.0/16; ip route del 10.9.0.0/16 2>/dev/null; sep
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2 weight 4; ip route replace 10.9.0.0/16 nexthop via 10.0.1.2 nexthop via 10.0.0.2; sep
for t in blackhole unreachable prohibit throw; do ip route add $t 10.8.0.0/16 table 50; ip route del $t 10.8.0.0/16 table 50; done; ip route add local 10.8.0.0/16 dev lo; ip route del local 10.8.0.0/16; ip route add broadcast 10.8.0.255 dev d0; ip route del broadcast 10.8.0.255; sep
ip nexthop add id 1 via 10.0.0.2 dev d0; ip nexthop add id 2 via 10.0.1.2 dev d1; ip nexthop add id 3 group 1/2; ip route add 10.7.0.0/16 nhid 1; ip route add 10.6.0.0/16 nhid 3; ip nexthop replace id 1 via 10.0.0.7 dev d0; ip nexthop del id 2; ip nexthop del id 1; sep
ip route add 10.5.0.0/16 dev d0 src 10.0.0.1; ip route add 10.4.0.0/16 dev d1 src 10.0.0.1; ip addr del 10.0.0.1/24 dev d0; sep
ip addr add 10.0.0.1/24 dev d0; ip route add 10.3.0.0/16 via 10.0.0.2; ip route add default via 10.0.0.2 proto static metric 5; ip link set d0 down; sep
ip link set d0 up; ip route add 10.2.0.0/24 via 10.0.0.2; ip route add 10.2.1.0/24 via 10.0.0.2; ip route flush root 10.2.0.0/16; ip link del d0; ip link set d1 down
sleep 0.3; kill $m; wait; cat mon
