# Several routes to one prefix: metric, tos, table, order of add, append, prepend, change and replace.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
set -x
ip route add 10.1.0.0/16 via 10.0.0.2 metric 20
ip route add 10.1.0.0/16 via 10.0.0.3 metric 10
ip route add 10.1.0.0/16 via 10.0.0.4
ip route add 10.1.0.0/16 via 10.0.0.5 tos 0x10
ip route add 10.1.0.0/16 via 10.0.0.6 tos 0x10 metric 5
ip route; for t in 0 0x10 0x08; do ip route get 10.1.2.3 tos $t; done
ip route del 10.1.0.0/16; ip route show 10.1.0.0/16
ip route del 10.1.0.0/16 metric 20; ip route show 10.1.0.0/16
ip route append 10.1.0.0/16 via 10.0.0.7 metric 10; ip route prepend 10.1.0.0/16 via 10.0.0.8 metric 10; ip route show 10.1.0.0/16
ip route get 10.1.2.3
ip route replace 10.1.0.0/16 via 10.0.0.9 metric 10; ip route show 10.1.0.0/16
ip route change 10.1.0.0/16 via 10.0.0.3 metric 10 proto static; ip route show 10.1.0.0/16
ip route change 10.1.0.0/16 via 10.0.0.3 metric 99
ip route replace 10.1.0.0/16 via 10.0.0.3 metric 99; ip route show 10.1.0.0/16
ip route flush 10.1.0.0/16; ip route show 10.1.0.0/16
ip route add 10.1.0.0/16 via 10.0.0.2 proto kernel; ip route add 10.1.0.0/16 via 10.0.0.2 proto 99 metric 1
ip route del 10.1.0.0/16 proto 98; ip route del 10.1.0.0/16 proto 99; ip route
ip route add 10.1.0.0/16 via 10.0.0.2 table 7; ip route del 10.1.0.0/16 table 8; ip route show table 7
ip route show proto kernel; ip route show scope link; ip route show via 10.0.0.2; ip route show root 10.0.0.0/8; ip route show match 10.1.2.3; ip route show exact 10.1.0.0/16
ip route add 10.1.0.0/16 scope host dev d0; ip route add 10.1.0.0/16 scope 50 via 10.0.0.2 metric 3; ip route
ip route add 10.1.0.0/33 dev d0; ip route add 10.1/16 dev d0 metric 8; ip route add 10.1.0.9 dev d0; ip route
