# ip route get for packets that come: by each device, to every type of route, on a host and on a router; with and without fibmatch.
exec 2>&1
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
ip addr add 10.0.0.1/24 brd + dev d0; ip addr add 10.0.1.1/24 brd + dev d1
r() { ip route add "$@"; }
r default via 10.0.0.254 proto static metric 7; r 20.0.0.0/8 via 10.0.1.9 src 10.0.0.1 mtu 1300; r 20.1.0.0/16 via 10.0.1.8 tos 0x10; r blackhole 21.0.0.0/8; r unreachable 22.0.0.0/8; r prohibit 23.0.0.0/8; r throw 24.0.0.0/8
r local 25.0.0.0/8 dev lo; r broadcast 26.0.0.255 dev d0; r anycast 27.0.0.1 dev d0; r multicast 225.0.0.0/8 dev d1; r 28.0.0.0/8 dev d2; r 29.0.0.0/8 nexthop via 10.0.0.2 nexthop via 10.0.0.3; r 30.0.0.0/8 via 10.0.0.5 table 500; r 31.0.0.0/8 via 10.0.0.6 realm 4
ip rule add fwmark 0x7/0xf lookup 500; ip rule add uidrange 77-78 lookup 500; ip rule add ipproto udp dport 53 lookup 500; ip rule add ipproto tcp sport 100-200 lookup 500; ip rule add tos 0x08 lookup 500; ip rule add iif d1 lookup 500
# All questions at once: they are many. What is refused is told by its line.
g() { for q in "$1" "fibmatch $1"; do echo "route get $q"; done; }
{ for d in 10.0.0.9 10.0.0.1 10.0.0.0 10.0.0.255 127.0.0.1 127.255.255.255 0.0.0.0 0.0.0.1 255.255.255.255 224.0.0.1 225.1.1.1 230.1.1.1 240.0.0.1 8.8.8.8 20.2.2.2 20.1.1.1 21.1.1.1 22.1.1.1 23.1.1.1 24.1.1.1 25.1.1.1 26.0.0.255 27.0.0.1 28.1.1.1 30.1.1.1 31.1.1.1; do
  g "$d iif d0 from 10.0.0.7"; echo "route get $d oif d0"; done; } >host
cat -n host; ip -force -batch host
sysctl -qw net.ipv4.ip_forward=1
{ for d in 10.0.0.9 10.0.0.1 10.0.1.9 10.0.0.255 10.0.1.255 127.0.0.1 224.0.0.1 240.0.0.1 8.8.8.8 20.2.2.2 21.1.1.1 22.1.1.1 23.1.1.1 24.1.1.1 25.1.1.1 26.0.0.255 27.0.0.1 225.1.1.1 28.1.1.1 31.1.1.1; do g "$d iif d0 from 10.0.0.7"; g "$d iif d1 from 10.0.1.7 tos 0x10 mark 3"; done; } >router
cat -n router; ip -force -batch router
ip -j -p route get 20.2.2.2; ip -d -j route get fibmatch 20.2.2.2; sleep 0.05; ip -s route get 20.2.2.2 | sed "s/age [0-9]*sec/age Nsec/"; ip -o route get 8.8.8.8; ip -N route get 8.8.8.8; ip route get; ip -6 route get 1.2.3.4; ip -4 route get 1.2.3
