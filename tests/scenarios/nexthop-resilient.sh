# Resilient groups: how buckets are dealt out, move when members come and go, and stay while they are in use. Times are
# left out.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; ip nexthop add id $((i + 1)) via 10.0.$i.2 dev d$i; done
b() { ip nexthop bucket show "$@" | sed 's/ idle_time [0-9.]*//'; }
set -x
ip nexthop add id 10 group 1/2/3 type resilient buckets 8 idle_timer 60
b id 10
ip nexthop add id 11 group 1,3/2 type resilient buckets 4
b id 11
ip nexthop add id 12 group 4,100/3 type resilient buckets 3
b id 12
b dev d0
b id 10 nhid 2
ip nexthop replace id 10 group 1,2/2/3 type resilient
b id 10
ip nexthop replace id 10 group 1/4 type resilient
b id 10
ip nexthop del id 4
b
ip nexthop
ip nexthop replace id 11 group 1/2 type resilient idle_timer 1 unbalanced_timer 2
ip -j -p nexthop show id 11
b id 11
ip link set d0 down
b
ip nexthop
ip nexthop replace id 11 group 2 type mpath
ip nexthop replace id 60 group 2/3 type resilient
ip nexthop replace id 60 group 2/3 type resilient buckets 2
b id 60
