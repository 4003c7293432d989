# Metrics of routes by a nexthop object: they share the routes made for packets, and a route that asks for none takes
# over those of another.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.1.2 dev d1
set -x
ip route add 10.9.0.0/24 nhid 1 mtu 1400
ip route add 10.9.1.0/24 nhid 1
ip route add 10.9.2.0/24 nhid 1 mtu 1300
ip route add 10.9.3.0/24 nhid 1 mtu 1300
ip route
ip route get 10.9.2.1
ip route get 10.9.1.1
ip route get 10.9.0.1
ip route add 10.9.10.0/24 nhid 2
ip route add 10.9.11.0/24 nhid 2 mtu 1200
ip route
ip route get 10.9.11.1
ip route get 10.9.10.1
ip route del 10.9.11.0/24 mtu 1300
ip route del 10.9.11.0/24 mtu 1200
ip route get 10.9.10.1
ip route add 10.9.12.0/24 nhid 2 metric 9 mtu 1000 advmss 500
ip route add 10.9.13.0/24 nhid 2 metric 9
ip route add 10.9.14.0/24 nhid 2 metric 9 src 10.0.3.1
ip route
