# Routes that addresses make, requests right and wrong, rules, and what a device going down does.
exec 2>&1
set -x
ip link set lo up
ip link add d0 type dummy; ip link set d0 up
ip addr add 10.0.0.1/24 brd + dev d0
ip addr add 10.0.0.2/24 dev d0
ip addr add 10.1.0.1 peer 10.1.0.2/32 dev d0
ip addr add 10.2.0.0/31 dev d0
ip addr add 10.3.0.1/32 dev d0
ip addr add 10.4.0.1/24 metric 55 dev d0
ip addr add 10.5.0.1/24 noprefixroute dev d0
ip route show table all
ip route add 127.5.0.0/16 via 10.0.0.9
ip route get 127.5.1.1
ip rule add pref 100 to 99.0.0.0/8 lookup 77
ip route get 127.5.1.1
ip route add 10.9.0.0/16 via 10.0.0.7
ip route add 10.9.0.0/16 via 10.0.0.8
ip route append 10.9.0.0/16 via 10.0.0.8
ip route append 10.9.0.0/16 via 10.0.0.8
ip route replace 10.9.0.0/16 via 10.0.0.8
ip route change 10.10.0.0/16 via 10.0.0.8
ip route del 10.11.0.0/16
ip route add 10.9.0.1/16 via 10.0.0.8
ip route add 10.12.0.0/16 via 44.0.0.1
ip route add 10.12.0.0/16 via 10.0.0.1
ip route add 10.12.0.0/16 via 10.0.0.255
ip route add 10.12.0.0/16 dev nosuch
ip route add 10.12.0.0/16 via 44.0.0.1 dev d0 onlink
ip route add 10.13.0.0/16 src 1.2.3.4 dev d0
ip route add 10.13.0.0/16 via 10.0.0.9 scope link
ip route add 10.14.0.0/16 nexthop via 10.0.0.9 weight 2 nexthop dev d0 weight 5
ip route add blackhole 10.15.0.0/16
ip route add unreachable 10.16.0.0/16
ip route add prohibit 10.17.0.0/16 metric 4
ip route add throw 10.18.0.0/16
ip route add 10.19.0.0/16 via 10.0.0.9 mtu 1400 advmss 900 table 1000 proto static
ip route add 10.20.0.0/16 tos 0x10 via 10.0.0.9
ip route add default via 10.0.0.254
ip route add 0.0.0.0/8 via 10.0.0.253
ip route show table all
for i in 10.15.1.1 10.16.1.1 10.17.1.1 10.18.1.1 10.19.1.1 10.20.1.1 10.0.0.1 10.0.0.255 224.0.0.5 255.255.255.255 127.0.0.1 8.8.8.8 0.0.0.0; do ip route get $i; ip -d route get fibmatch $i; done
ip route get 10.0.0.5 from 10.0.0.9 iif d0
ip route get 10.9.0.5 from 10.0.0.9 iif d0
sysctl -qw net.ipv4.ip_forward=1
ip route get 10.9.0.5 from 10.0.0.9 iif d0
ip route get 8.8.8.8 from 10.0.0.9 iif d0
ip route get 10.0.0.1 from 10.0.0.9 iif d0
ip route get 10.0.0.255 from 10.0.0.9 iif d0
ip route get 10.0.0.1 from 10.0.0.1 iif d0
ip route get 10.0.0.1 from 127.0.0.1 iif d0
ip route get 10.15.0.1 from 10.0.0.9 iif d0
ip route get 10.16.0.1 from 10.0.0.9 iif d0
ip route get 8.8.8.8 from 9.9.9.9
ip route get 8.8.8.8 from 10.0.0.1
ip route get 8.8.8.8 from 10.0.0.1 oif d0
ip route get 8.8.8.8 oif lo
ip route get 8.8.8.8 mark 5 uid 7 ipproto tcp sport 5 dport 6 tos 0x10
ip -d route get 8.8.8.8
ip rule show
ip rule add from 10.0.0.0/8 iif d0 oif lo fwmark 5/0xff tos 0x10 table 1000 pref 20
ip rule add from 1.1.1.1 prohibit
ip rule add from 1.1.1.2 blackhole
ip rule add from 1.1.1.3 unreachable
ip rule add from 1.1.1.4 goto 200
ip rule add not from 1.1.1.4 uidrange 5-7 ipproto tcp sport 5 dport 7-9 lookup 5
ip rule show
ip rule add from 1.1.1.1 prohibit pref 19
ip rule add from 1.1.1.1 prohibit pref 19
ip rule del pref 12345
ip rule del pref 19
ip link set d0 down
ip route show table all
ip link set d0 up
ip route show table all
