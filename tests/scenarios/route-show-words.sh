# ip route show by every selector, in every form, and ip route flush by the same.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 brd + dev d$i; done
ip link add v0 type vrf table 10; ip link set v0 up
ip nexthop add id 1 via 10.0.0.2 dev d0; ip nexthop add id 2 via 10.0.1.2 dev d1; ip nexthop add id 10 group 1,3/2
for t in main 10 local 77 default 300; do for k in 1 2; do ip route add 20.$k.0.0/16 via 10.0.0.$k table $t proto $((k+10)) metric $k realm $k tos 16; ip route add 21.$k.0.0/16 dev d$((k-1)) table $t scope link src 10.0.1.1; done; ip route add blackhole 22.0.0.0/8 table $t; done
ip route add 23.0.0.0/8 nhid 10
s() { echo "# show $*"; ip route show "$@"; }
s; s table all; s table 10; s vrf v0; s table default; s table 0; s table cache; s cached; s table nosuch; s proto 11; s proto 11 table all; s proto kernel table all; s scope link table all; s scope host table all; s type blackhole table all; s type local table all; s dev d0 table all; s oif d1; s via 10.0.0.1 table all; s via 10.0.0.0/24 table all; s src 10.0.1.1 table all; s from 10.0.0.1; s realm 1 table all; s realms 1/ table all; s tos 16; s dsfield 16; s metric 2 table all; s priority 1; s root 20.0.0.0/8; s match 20.1.2.3; s exact 20.1.0.0/16; s to root 20.0.0.0/8 table all; s 20.1.0.0/16; s nhid 1; s nhid 10; s default; s iif d0; s all; s vrf nosuch; s dev nosuch; s root 0/0 type unicast proto boot; s mark 5; s scope 253 proto 11; s pref low; 
ip -j route show table all; ip -j -p -d route show; ip -N route show table all; ip -br route; ip -o route show nhid 10; ip -s -s -d route show
for f in "table 77" "proto 11" "scope link table main" "type blackhole table 10" "dev d1 table 300" "via 10.0.0.1" "root 20.0.0.0/8 table all" "table local" "cache" "table all proto boot"; do echo "# flush $f"; ip -s -s route flush $f; ip route show table all; done
ip route flush; ip route flush table all type local
