# A nexthop object becomes another one: its routes go the new way at once, and what its routes or groups do not allow is
# refused.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link set lo up
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.1.2 dev d1
ip nexthop add id 10 group 1
ip nexthop add id 11 group 1/2
ip nexthop add id 30 blackhole
ip nexthop add id 31 group 30
set -x
ip route add 10.9.0.0/24 nhid 1
ip route add 10.9.1.0/24 nhid 10
ip route add 10.9.2.0/24 nhid 30
ip route add 10.9.3.0/24 nhid 31
ip route add 10.9.4.0/24 nhid 2
get() { ip route get 10.9.$1.1; ip route get fibmatch 10.9.$1.1; }
get 0; get 1; get 2; get 3
ip nexthop replace id 1 via 10.0.2.2 dev d2
get 0; get 1
ip nexthop replace id 30 via 10.0.3.2 dev d3
get 2; get 3
ip nexthop replace id 30 blackhole
get 2; get 3
ip nexthop del id 11
ip nexthop replace id 1 blackhole
get 0; get 1
ip nexthop replace id 1 dev d0
get 0; get 1
ip nexthop replace id 10 group 2/1
ip route show 10.9.1.0/24
ip nexthop replace id 1 blackhole
ip nexthop replace id 10 group 30
get 1
ip nexthop replace id 10 group 2
get 1
ip nexthop replace id 2 via 10.0.3.9 dev d3
get 1; get 4
: scopes: the route made last counts as much as the first
ip route add 10.10.0.0/24 nhid 1 scope link
ip route add 10.10.1.0/24 nhid 1 scope global
ip nexthop replace id 1 via 10.0.0.7 dev d0 onlink
ip route del 10.10.0.0/24
ip nexthop replace id 1 via 10.0.0.7 dev d0 onlink
ip nexthop replace id 1 dev d0
ip route add 10.10.0.0/24 nhid 1 scope host
ip nexthop replace id 1 via 10.0.0.7 dev d0
ip nexthop replace id 1 via 10.0.0.7 fdb
ip nexthop replace id 1 dev d1
get 0
ip nexthop replace id 50 dev d0
ip nexthop replace dev d0
ip nexthop
ip route
