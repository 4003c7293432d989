# Routes added, refused, replaced and asked for.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.0.0.2/24 dev d0
set -x
ip route add 10.20.0.0/16 via 10.0.0.9
ip route add 10.20.0.0/16 via 10.0.0.9
ip route add 10.21.0.0/16 via 10.99.0.9
ip route add 10.20.1.1/16 via 10.0.0.9
ip route add default dev nosuch
ip route add 10.22.0.0/16 dev d0 metric 5
ip route append 10.22.0.0/16 dev d0 metric 5 src 10.0.0.1
ip route replace 10.22.0.0/16 via 10.0.0.3 dev d0
ip route add 10.23.0.0/16 nexthop via 10.0.0.8 weight 2 nexthop via 10.0.0.9
ip route del 10.50.0.0/16
ip route add table 300 default via 10.0.0.4
ip route add 10.24.0.0/16 via 10.0.0.4 onlink dev d0 mtu 1300 advmss 1000 proto static
ip route add 10.25.0.0/16 src 1.2.3.4 dev d0
ip route
ip route show table 300
ip -d route show 10.24.0.0/16
ip route get 10.24.1.1
ip route get 10.22.1.1 from 10.0.0.2
ip route get 10.0.0.1
ip route get 1.1.1.1
ip route get 10.0.0.255
ip route get fibmatch 10.23.5.5
ip -s route get 10.0.0.50
ip link set d0 down
ip route
ip link set d0 up
ip route
