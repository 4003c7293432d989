# Which source address a packet takes: scopes, peers, preferred sources, other devices, loopback.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
set -x
ip addr add 10.0.0.1/24 dev d0 scope host
ip addr add 10.0.0.2/24 dev d0 scope link
ip addr add 10.0.0.3/24 dev d0
ip addr add 10.0.9.1/24 dev d0
ip addr add 192.168.0.1/24 dev d1
ip addr add 172.16.0.1/32 dev lo
ip route add 10.50.0.0/16 dev d0 scope link
ip route add 10.51.0.0/16 via 10.0.0.9
ip route add 10.52.0.0/16 via 10.0.9.9
ip route add 10.53.0.0/16 via 10.0.9.9 src 172.16.0.1
ip route add 10.54.0.0/16 via 10.0.9.9 src 192.168.0.1
ip route add 10.55.0.0/16 via 10.0.9.9 src 1.1.1.1
ip link add d2 address 02:00:00:00:00:d2 type dummy; ip link set d2 up
ip route add 10.56.0.0/16 dev d2
for a in 10.0.0.9 10.0.9.9 10.50.0.1 10.51.0.1 10.52.0.1 10.53.0.1 10.54.0.1 10.56.0.1 172.16.0.1 127.0.0.1 10.0.0.3 10.0.0.255 224.0.0.1; do ip route get $a; done
ip route get 224.0.0.1 oif d1
ip route get 10.51.0.1 oif d1
ip route get 10.0.0.9 from 172.16.0.1
ip route get 10.0.0.9 from 8.8.8.8
ip addr del 192.168.0.1/24 dev d1
ip route
ip addr del 10.0.0.2/24 dev d0
ip route
