# What may be a gateway: on link, through another, own, broadcast, onlink, through a device that is down.
exec 2>&1
try() { "$@"; echo "$? <- ${*:2}"; }
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set lo up
try ip route add 10.1.0.0/16 via 10.0.0.2
try ip route add 10.2.0.0/16 via 10.1.0.2
try ip route add 10.2.0.0/16 via 10.0.0.1
try ip route add 10.2.0.0/16 via 10.0.0.255
try ip route add 10.2.0.0/16 via 10.0.0.0
try ip route add 10.2.0.0/16 via 127.0.0.1
try ip route add 10.2.0.0/16 via 224.0.0.1
try ip route add 10.2.0.0/16 via 0.0.0.0
try ip route add 10.2.0.0/16 via 255.255.255.255
try ip route add 10.2.0.0/16 via 172.16.0.1 dev d0
try ip route add 10.2.0.0/16 via 172.16.0.1 dev d0 onlink
try ip route add 10.3.0.0/16 via 10.0.0.1 dev d0 onlink
try ip route add 10.3.0.0/16 via 172.16.0.1 onlink
try ip route add 10.3.0.0/16 dev d1
try ip route add 10.3.0.0/16 via 172.16.0.1 dev d1 onlink
ip link set d1 up
try ip route add 10.3.0.0/16 via 172.16.0.1 dev d1 onlink
try ip route add 10.4.0.0/16 dev lo
try ip route add 10.5.0.0/16 via 10.0.0.2 dev lo
try ip route add 10.5.0.0/16 via 10.0.0.2 dev d1
try ip route add 10.5.0.0/16 via inet6 fe80::1 dev d0
try ip route add 224.0.0.0/4 dev d0
try ip route add 10.0.0.7 dev d0 src 10.0.0.8
try ip route add 10.0.0.7 dev d0 scope link src 10.0.0.1
try ip route add 10.6.0.0/16 via 10.0.0.2 table 0
try ip route add 10.6.0.0/16 via 10.0.0.2 table local
try ip route add 10.7.0.0/16 via 10.6.0.9
try ip route add 10.8.0.1 dev d0 scope link table 50
try ip route add 10.9.0.0/16 via 10.8.0.1 table 50
ip rule add to 10.8.0.0/16 table 50
try ip route add 10.9.0.0/16 via 10.8.0.1 table 50
try ip route add default via 10.0.0.2
try ip route add default via 10.0.0.3
try ip route add default via 10.0.0.3 metric 5
ip route show table all
