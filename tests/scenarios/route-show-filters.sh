# ip route show, list and flush by every filter, in one table and in all; ids of tables up to the last one.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
a() { ip route add "$@" || echo "$*"; }
a default via 10.0.0.254; a default via 10.0.1.254 metric 9; a 10.0.0.0/8 via 10.0.0.2 proto static; a 10.1.0.0/16 via 10.0.0.2 proto bird metric 4; a 10.1.2.0/24 dev d1; a 10.1.2.3 via 10.0.1.3 src 10.0.0.1
a blackhole 10.2.0.0/16; a unreachable 10.3.0.0/16 metric 3; a prohibit 10.4.0.0/16; a throw 10.5.0.0/16; a 10.6.0.0/16 via 10.0.0.9 tos 0x10; a 10.7.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2 weight 3
a local 10.8.0.0/16 dev lo; a broadcast 10.9.0.255 dev d0 table local; a multicast 225.0.0.0/8 dev d1; a 10.10.0.0/16 via 10.0.0.2 realm 7; a 10.10.0.0/16 via 10.0.0.2 realm 3/7 metric 3
for t in 2 252 256 257 511 512 1000 100000 2147483648 4294967294 4294967295; do a 10.11.0.0/16 via 10.0.0.3 table $t; done
set -x
ip route; ip route show table all; ip route show table 0; ip route show table main; ip route show table default; ip route show table cache
for t in 2 256 512 100000 4294967295 3; do ip route show table $t; echo $?; done; ip route show table 4294967296; ip route show table nosuch; ip route show table -1
ip route show dev d1; ip route show dev nosuch; ip route show via 10.0.0.2; ip route show src 10.0.0.1; ip route show proto static; ip route show proto 12; ip route show protocol kernel
ip route show scope host table all; ip route show scope global; ip route show scope link; ip route show type blackhole; ip route show type local table all; ip route show type broadcast table local; ip route show type multicast
ip route show tos 0x10; ip route show dsfield 0x10; ip route show tos 0; ip route show metric 4; ip route show realm 7; ip route show realms 3/7; ip route show root 10.0.0.0/8; ip route show root 10.1.0.0/16; ip route show match 10.1.2.3
ip route show match 10.1.0.0/16; ip route show exact 10.1.0.0/16; ip route show 10.1.0.0/16; ip route show 10.1; ip route show default; ip route show 0.0.0.0/0; ip route show exact 0/0; ip route show match 0/0; ip route show to root 0/0 proto bird
ip route show root 10.1.0.0/16 match 10.1.2.3; ip route show to match 10.1.2.3 dev d1; ip route show dev d0 proto static; ip route show oif d0 type unicast scope global; ip route list vrf nosuch; ip route show nhid 5; ip route show cached; ip route show from 10.0.0.0/8
ip -d route show 10.1.0.0/16; ip -j route show 10.7.0.0/16; ip -j -p -d route show type blackhole; ip -N route show proto bird; ip -o route show 10.7.0.0/16; ip -s route show 10.1.0.0/16; ip -4 route show 10.4.0.0/16; ip -6 route show; ip -r route show 10.4.0.0/16
ip route flush table 256; ip route show table 256; ip -s route flush table 512; ip -s -s route flush proto bird; ip route flush; ip route flush root 10.2.0.0/15; ip route flush type prohibit; ip route flush tos 0x10; ip route flush dev d1 scope link; ip route flush via 10.0.0.2; ip route flush exact default; ip route
ip route flush cache; echo $?; ip route flush table cache; echo $?; ip -s -s route flush cache; ip route flush table local; ip route show table all; ip route flush table all; ip route show table all
