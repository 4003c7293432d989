# Tables of any number: small, large, named; routes that are in several; what `ip route show table`, flush and rules make of them.
exec 2>&1
PS4="# "
ip link set lo up
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
set -x
for t in 1 252 253 254 255 256 257 1000 65535 65536 2147483647 2147483648 4294967295; do ip route add 10.9.0.0/16 via 10.0.0.2 table $t; done
ip route add 10.9.0.0/16 via 10.0.0.2 table 0
ip route add 10.9.0.0/16 via 10.0.0.2 table 4294967296
ip route add 10.9.0.0/16 via 10.0.0.2 table nosuch
ip route add 10.9.0.0/16 via 10.0.0.2 table default
ip route add 10.8.0.0/16 via 10.0.0.2 table main
ip route show table all
ip route show table 4294967295; ip route show table 256; ip route show table 999; ip route show table default
ip rule add lookup 2147483648 prio 10; ip rule add lookup 256 prio 11; ip rule add lookup 4294967295 prio 12; ip rule add lookup 253 prio 13; ip rule add lookup 0 prio 14
ip rule; ip route get 10.9.1.1; ip route get 10.8.1.1
ip route del 10.9.0.0/16 table 2147483648; ip route get 10.9.1.1; ip route del 10.9.0.0/16 table 2147483648; ip route del 10.9.0.0/16 table 31
ip route flush table 256; ip route get 10.9.1.1; ip route flush table 256; echo $?
ip route flush table 77777
ip rule del prio 12; ip rule del table 253; ip route get 10.9.1.1
ip route flush table all proto static; ip route show table all
ip route add 10.9.0.0/16 via 10.0.0.2 table 300 proto static; ip route add 10.9.1.0/24 via 10.0.0.2 table 301 proto static; ip route add 10.9.2.0/24 via 10.0.0.2 table 300 proto bgp
ip route flush table all proto static; ip route show table all proto bgp
ip link del d0; ip route show table all; ip rule
