# What listeners are told as nexthop objects, groups and their routes come, change and go.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link set lo up
ip monitor nexthop route > mon 2>&1 &
ip monitor all > mon-all 2>&1 &
sleep 1
set -x
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.1.2 dev d1
ip nexthop add id 3 via 10.0.2.2 dev d2
ip nexthop add id 4 via 10.0.3.2 dev d3
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1/2/3 type resilient buckets 6 unbalanced_timer 2
ip nexthop add id 12 group 2
ip nexthop add id 13 group 4/1
ip route add 10.9.0.0/24 nhid 1
ip route add 10.9.1.0/24 nhid 10
ip route add 10.9.2.0/24 nhid 11
ip route add 10.9.3.0/24 nhid 12
ip route add 10.8.0.0/24 nhid 1 table 100
ip route add 10.10.0.0/24 nhid 1 metric 6
ip nexthop replace id 1 via 10.0.0.3 dev d0
ip nexthop replace id 10 group 2/3
ip nexthop replace id 11 group 2/3/4 type resilient
sysctl -w net.ipv4.nexthop_compat_mode=0
ip nexthop replace id 1 via 10.0.0.4 dev d0
ip route add 10.9.5.0/24 nhid 10
sysctl -w net.ipv4.nexthop_compat_mode=1
ip nexthop del id 2
ip nexthop del id 1
ip link set d2 down
ip nexthop add id 20 blackhole
ip link del d3
ip nexthop
ip nexthop flush
sleep 1
kill %1 %2; wait
cat mon
grep NEXTHOP mon-all
