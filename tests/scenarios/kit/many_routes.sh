# Routes of every type and with every key to ask about: `. "$kit/many_routes.sh"`. d0 has 10.0.0.1/24, d1 10.0.1.1/24, d2 nothing.
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
ip addr add 10.0.0.1/24 brd + dev d0; ip addr add 10.0.1.1/24 brd + dev d1
r() { ip route add "$@"; }
r default via 10.0.0.254 proto static metric 7; r 20.0.0.0/8 via 10.0.1.9 src 10.0.0.1 mtu 1300
r 20.1.0.0/16 via 10.0.1.8 tos 0x10; r blackhole 21.0.0.0/8; r unreachable 22.0.0.0/8; r prohibit 23.0.0.0/8
r throw 24.0.0.0/8
r local 25.0.0.0/8 dev lo; r broadcast 26.0.0.255 dev d0; r anycast 27.0.0.1 dev d0; r multicast 225.0.0.0/8 dev d1
r 28.0.0.0/8 dev d2; r 29.0.0.0/8 nexthop via 10.0.0.2 nexthop via 10.0.0.3; r 30.0.0.0/8 via 10.0.0.5 table 500
r 31.0.0.0/8 via 10.0.0.6 realm 4
ip rule add fwmark 0x7/0xf lookup 500; ip rule add uidrange 77-78 lookup 500
ip rule add ipproto udp dport 53 lookup 500; ip rule add ipproto tcp sport 100-200 lookup 500
ip rule add tos 0x08 lookup 500; ip rule add iif d1 lookup 500

# g QUESTION: the question for `ip -batch`, without and with fibmatch.
g() { for q in "$1" "fibmatch $1"; do echo "route get $q"; done; }
