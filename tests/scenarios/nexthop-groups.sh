# Groups: what may be in one, how they are shown, and how they shrink and go as their members do.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link set lo up
for i in 0 1 2 3; do ip nexthop add id $((i + 1)) via 10.0.$i.2 dev d$i; done
ip nexthop add id 5 blackhole
ip nexthop add id 6 via 10.0.0.9 fdb
ip nexthop add id 7 via 10.0.0.10 fdb
set -x
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1,3/2,5
ip nexthop add id 12 group 1/1
ip nexthop add id 12 group 1/99
ip nexthop add id 12 group 1/10
ip nexthop add id 12 group 1/5
ip nexthop add id 12 group 5
ip nexthop add id 13 group 1,255/2
ip nexthop add id 14 group 1,256/2
ip nexthop add id 14 group 6
ip nexthop add id 14 group 6/1 fdb
ip nexthop add id 14 group 6/7 fdb
ip nexthop add id 15 group 1/2/3/4 type mpath
ip nexthop add id 16 group 14 fdb
ip nexthop
ip -d nexthop show groups
ip -j -p nexthop show id 11
ip nexthop replace id 10 group 2
ip nexthop replace id 10 via 10.0.0.2 dev d0
ip nexthop replace id 1 group 2
ip nexthop replace id 1 blackhole
ip nexthop replace id 2 via 10.0.1.9 fdb
ip nexthop replace id 6 via 10.0.0.9 dev d0
ip nexthop replace id 6 via 10.0.0.11 fdb
ip nexthop replace id 15 group 4/3 proto zebra
ip nexthop replace id 1 via 10.0.0.22 dev d0 proto zebra
ip -d nexthop
ip nexthop del id 2
ip nexthop
ip nexthop del id 1
ip nexthop
ip nexthop del id 5
ip nexthop del id 6
ip nexthop
ip nexthop del id 7
ip nexthop flush groups
ip nexthop
