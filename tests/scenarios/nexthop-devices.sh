# Devices under nexthop objects: down, without carrier, without addresses, moved and deleted.
exec 2>&1
PS4="# "
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link set v0 up
ip link set v1 up
ip addr add 10.0.7.1/24 dev v0
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
set -x
for i in 0 1 2 3; do ip nexthop add id $((i + 1)) via 10.0.$i.2 dev d$i; done
ip nexthop add id 5 blackhole
ip nexthop add id 6 via 10.0.7.2 dev v0
ip nexthop add id 10 group 1/2/3
ip nexthop add id 11 group 4
ip nexthop add id 12 group 6/2
for i in 1 2 3 4 5 6 10 11 12; do ip route add 10.9.$i.0/24 nhid $i; done
ip link set v1 down
ip nexthop
ip route show to root 10.9.0.0/16
ip nexthop add id 6 via 10.0.7.2 dev v0
ip link set d3 down
ip nexthop
ip route show to root 10.9.0.0/16
ip addr del 10.0.0.1/24 dev d0
ip nexthop
ip route show to root 10.9.0.0/16
ip route get 10.9.1.1
ip link set d1 mtu 1400
ip route get 10.9.2.1
ip link set lo down
ip nexthop
ip link del d0
ip nexthop
ip route show to root 10.9.0.0/16
ip netns add other
ip link set d1 netns other
ip nexthop
ip -n other nexthop
ip route show to root 10.9.0.0/16
ip link set d3 up
ip nexthop
ip link add br0 type bridge
ip link set d2 master br0
ip nexthop show master br0
ip nexthop show master d2
ip link set d2 nomaster
ip nexthop show master br0
