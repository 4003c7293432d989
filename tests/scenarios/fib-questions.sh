# Routes by TOS, metric, scope, without carrier; questions with and without an input device; jumps in rules.
exec 2>&1
ip link set lo up
ip link add d0 type dummy; ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
ip route add default via 10.0.0.254
ip route add 10.20.0.0/16 tos 0x10 via 10.0.0.9
sysctl -qw net.ipv4.ip_forward=1
set -x
ip route get 10.20.1.1 tos 0x10
ip route get 10.20.1.1 tos 0x08
ip route get 10.20.1.1 tos 0x04
ip route get fibmatch 10.20.1.1 tos 0x10
ip route get 10.20.1.1 from 10.0.0.5 iif d0 tos 0x10
ip route get 8.8.8.8 tos 0x10
ip route get 10.0.0.1 tos 0x10
ip route add 10.21.0.0/16 tos 0x13 via 10.0.0.9
ip route add 10.22.0.0/16 via 10.0.0.1
ip route add 10.23.0.0/16 via 10.0.0.9 metric 100
ip route add 10.23.0.0/16 via 10.0.0.10 metric 50
ip route add 10.23.0.0/16 tos 0x08 via 10.0.0.11 metric 500
ip route show 10.23.0.0/16
ip route del 10.23.0.0/16
ip route show 10.23.0.0/16
ip route replace 10.23.0.0/16 via 10.0.0.20 metric 100
ip route show 10.23.0.0/16
ip route flush 10.23.0.0/16
ip route show 10.23.0.0/16
ip route add 10.24.0.0/16 nexthop via 10.0.0.9 nexthop via 9.9.9.9
ip route add 10.24.0.0/16 via 9.9.9.9 dev d0 onlink
ip route show 10.24.0.0/16
ip route add local 10.25.0.0/16 dev lo
ip route get 10.25.1.1
ip route show table local
ip route show table 99
ip route del 1.0.0.0/8 table 99
ip route add 1.0.0.0/8 dev lo table 99
ip route show table 99
ip route add unreachable 2.0.0.0/8 via 10.0.0.9
ip route add 2.0.0.0/8 dev lo scope 200
ip route add 2.0.0.0/8 dev lo scope host
ip route add 2.0.0.0/8 via 10.0.0.9 scope host
ip route add 3.0.0.0/8 via 10.0.0.9 advmss 100000 mtu 100000 hoplimit 300
ip route show 3.0.0.0/8
ip route get 3.0.0.1
ip link set d0 carrier off 
ip route show
ip route get 3.0.0.1
sysctl -qw net.ipv4.conf.all.ignore_routes_with_linkdown=1
ip route show
ip route get 3.0.0.1
ip link set d0 carrier on
ip route show
ip route get 4.4.4.4 from 10.0.0.5 iif nosuch
ip route get 4.4.4.4 from 127.0.0.1 iif d0
ip route get 127.0.0.1 from 10.0.0.5 iif d0
ip route get 0.1.2.3 from 10.0.0.5 iif d0
ip route get 224.0.0.1 from 10.0.0.5 iif d0
ip route get 224.0.0.9 from 10.0.0.5 iif d0
ip route get 255.255.255.255 from 0.0.0.0 iif d0
ip route get 10.0.0.1 from 224.0.0.1 iif d0
ip route get 8.8.8.8 from 44.0.0.1 iif d0
ip route get 224.1.1.1
ip route get 224.1.1.1 oif d0
ip route get 8.8.8.8 ipproto sctp
ip route get 0.0.0.5
ip route get 10.0.0.1 oif d0
ip rule add pref 5 lookup 99 suppress_prefixlength 8
ip rule add pref 6 goto 10
ip rule add pref 10 from 10.0.0.1 unreachable
ip rule add pref 11 iif nosuch lookup 98
ip rule show
ip route get 1.2.3.4
ip route get 8.8.8.8 from 10.0.0.1
ip rule del pref 10
ip rule show
ip rule add pref 20 tos 0x03 lookup 5
ip rule add pref 4 goto 3
ip rule add from 1.2.3.4/40 lookup 5
ip rule del pref 0
ip rule show
ip rule flush
ip rule show
