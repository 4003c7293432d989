# Nexthop objects made, shown and deleted one by one, and what ip(8) is told of those that cannot be.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link add d9 type dummy
set -x
ip nexthop add id 99 blackhole
ip link set lo up
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add via 10.0.1.2 dev d1
ip nexthop add id 3 dev d2
ip nexthop add id 4 blackhole
ip nexthop add id 5 via 10.0.0.2
ip nexthop add id 5 via 10.0.9.2 dev d0
ip nexthop add id 5 via 10.0.9.2 dev d0 onlink
ip nexthop add id 6 dev d0 onlink
ip nexthop add id 6 via 10.0.0.1 dev d0
ip nexthop add id 9 via 10.0.1.2 dev d0
ip nexthop add id 9 dev d9
ip nexthop add id 9 dev nope
ip nexthop add id 9 dev lo
ip nexthop add id 7 via 10.0.2.2 fdb
ip nexthop add id 8 dev d0 fdb
ip nexthop add id 8 blackhole fdb
ip nexthop add id 0 dev d0
ip nexthop add dev d1 proto zebra
ip nexthop add id 4294967295 via 10.0.3.7 dev d3
ip nexthop
ip -d nexthop
ip nexthop show dev d0
ip nexthop show fdb
ip nexthop get id 5
ip nexthop show id 7
ip nexthop get id 1000
ip -j -p nexthop show id 5
ip nexthop del id 1
ip nexthop del id 1
ip nexthop del id 0
ip nexthop add dev d3
ip nexthop
ip nexthop flush dev d0
ip nexthop
ip nexthop flush
ip nexthop
ip nexthop add dev d3
ip nexthop
