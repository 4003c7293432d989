# Gateways reached by other routes: scopes, devices, tables and rules that a next hop is looked up by, at adding and later.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
set -x
ip route add 10.5.0.0/16 via 10.0.0.9
ip route add 10.6.0.0/16 via 10.5.0.1
ip route add 10.6.0.0/16 via 10.5.0.1 dev d0
ip route add 10.6.0.0/16 via 10.5.0.1 onlink
ip route add 10.6.0.0/16 via 10.5.0.1 dev d0 onlink
ip route add 10.7.0.0/24 dev d1 scope link
ip route add 10.8.0.0/16 via 10.7.0.5
ip route add 10.8.1.0/24 via 10.7.0.5 dev d0
ip route add 10.8.2.0/24 via 10.7.0.5 dev d1
ip route add 10.8.3.0/24 via 10.0.0.1
ip route add 10.8.3.0/24 via 10.0.1.1 dev d0
ip route add 10.8.3.0/24 via 10.0.0.255
ip route add 10.8.3.0/24 via 10.0.0.0
ip route add 10.8.3.0/24 via 127.0.0.1
ip route add 10.8.3.0/24 via 224.0.0.1
ip route add 10.8.3.0/24 via 255.255.255.255
ip route add 10.8.3.0/24 via 0.0.0.0
ip route add 10.8.3.0/24 via 0.0.0.0 dev d0
ip route add 10.8.4.0/24 via 10.9.0.1
ip route add default via 10.0.0.9
ip route add 10.8.4.0/24 via 10.9.0.1
ip route add 10.8.4.0/24 via 10.9.0.1 scope link
ip route add 10.8.4.0/24 via 10.0.0.9 scope link
ip route add 10.8.4.0/24 via 10.0.0.9 scope host
ip route add 10.8.4.0/24 via 10.0.0.9 scope site
ip route add 10.8.5.0/24 via 10.0.0.9 scope 100
ip route add 10.8.6.0/24 via 10.8.4.1 scope global
ip route add 10.20.0.1 dev d1 scope host
ip route add 10.21.0.0/16 via 10.20.0.1
ip route add 10.22.0.1 dev d1 table 100
ip route add 10.23.0.0/16 via 10.22.0.1 table 100
ip route add 10.23.0.0/16 via 10.22.0.1 table 101
ip route add 10.23.0.0/16 via 10.22.0.1
ip rule add lookup 100 prio 10
ip route add 10.23.0.0/16 via 10.22.0.1
ip route add 10.24.0.0/16 via 10.22.0.1 table 101
ip rule add fwmark 5 lookup 102 prio 11
ip route add 10.25.0.1 dev d0 table 102
ip route add 10.26.0.0/16 via 10.25.0.1
ip route add blackhole 10.27.0.0/16
ip route add 10.28.0.0/16 via 10.27.0.1
ip route show table all
ip route get 10.6.1.1; ip route get 10.8.1.1; ip route get 10.8.2.1; ip route get 10.23.1.1
ip route del 10.7.0.0/24; ip route; ip route get 10.8.0.1
ip addr del 10.0.1.1/24 dev d1; ip route; ip link set d1 down; ip route show table all; ip link set d0 down; ip route
