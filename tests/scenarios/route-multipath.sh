# Several next hops: shown, weighed, losing one to a link that goes down, refused.
exec 2>&1
PS4="# "
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
set -x
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop via 10.0.1.2 weight 1
ip route add 10.8.0.0/16 nexthop via 10.0.0.2 dev d0 nexthop dev d1
ip route
ip route get fibmatch 10.9.1.1
ip route append 10.9.0.0/16 nexthop via 10.0.0.3 nexthop via 10.0.1.3
ip route add 10.7.0.0/16 nexthop via 10.0.0.2 weight 0
ip route add 10.7.0.0/16 nexthop via 10.0.0.2 weight 300
ip route add 10.7.0.0/16 nexthop via 10.55.0.2 nexthop via 10.0.0.2
ip route add 10.7.0.0/16 nexthop via 10.0.0.2 onlink dev d1 nexthop via 10.0.0.2
ip route show 10.7.0.0/16; ip route show 10.9.0.0/16
ip link set d1 down; ip route
ip route get 10.9.1.1
ip link set d1 up; ip route
ip route replace 10.9.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop via 10.0.1.2 weight 1
ip route del 10.9.0.0/16 nexthop via 10.0.0.2
ip route del 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2; ip route show 10.9.0.0/16
ip route del 10.9.0.0/16 nexthop via 10.0.0.2 weight 3 nexthop via 10.0.1.2; ip route show 10.9.0.0/16
ip addr del 10.0.0.1/24 dev d0; ip route
ip link del d0; ip route
