# What listeners are told as addresses, routes, rules and devices come and go, and in which order.
exec 2>&1
ip link set lo up
ip link add d0 type dummy; ip link set d0 up
ip monitor route addr rule > mon 2>&1 &
sleep 1
set -x
ip addr add 10.0.0.1/24 brd + dev d0
ip addr add 10.0.0.2/24 dev d0
ip route add 10.9.0.0/16 via 10.0.0.7
ip route add 10.9.0.0/16 via 10.0.0.8 src 10.0.0.2 metric 5
ip route append 10.9.0.0/16 via 10.0.0.8
ip route replace 10.9.0.0/16 via 10.0.0.8
ip route del 10.9.0.0/16
ip addr del 10.0.0.2/24 dev d0
ip addr add 10.0.0.2/24 dev d0
sysctl -w net.ipv4.conf.d0.promote_secondaries=1
ip addr del 10.0.0.1/24 dev d0
ip rule add pref 7 from 1.1.1.1 lookup 7
ip rule del pref 7 
ip link set d0 down
ip link set d0 up
ip link del d0
sleep 1
kill %1; wait; cat mon
