# What addresses make of routes: prefixes of 0, 30, 31 and 32 bits, peers, broadcast addresses given and derived,
# noprefixroute, metrics; and what remains as they go, in several orders.
exec 2>&1
ip link set lo up
fresh() { ip link del d0 2>/dev/null; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; }
add() { ip addr add "$@"; echo "$? <- ip addr add $*"; }
del() { ip addr del "$@"; echo "$? <- ip addr del $*"; }
show() { ip -4 addr show d0 | sed -n 's/^ *inet/inet/p'; ip route show table all dev d0; }
fresh
for a in 10.0.0.1/32 10.0.0.1/31 10.0.0.0/31 10.0.0.1/30 10.0.0.0/30 10.0.0.3/30 10.0.0.1/1 10.0.0.1/0 1.2.3.4/8 "10.0.0.1 peer 10.0.0.2" "10.0.0.1 peer 10.0.0.2/30" \
  "10.0.0.1 peer 10.0.1.2/24" "10.0.0.1/24 brd +" "10.0.0.1/24 brd -" "10.0.0.1/24 brd 10.0.0.77" "10.0.0.1/24 brd 255.255.255.255" "10.0.0.1/24 brd 0.0.0.0" \
  "10.0.0.1/31 brd +" "10.0.0.1/32 brd +" "10.0.0.1/32 brd 10.0.0.255" "10.0.0.1/24 noprefixroute" "10.0.0.1/24 brd + noprefixroute" "10.0.0.1 peer 10.0.0.2 noprefixroute" \
  "10.0.0.1/24 metric 77" "10.0.0.1 peer 10.0.1.0/24 metric 7 brd +" "10.0.0.1/24 scope link" "10.0.0.1/24 scope host" "10.0.0.1/24 scope nowhere" "10.0.0.1/24 scope 77" \
  "0.0.0.0/24" "127.0.0.5/24" "224.0.0.1/24" "255.255.255.255/32" "169.254.0.1/16" "240.0.0.1/4"; do add $a dev d0; show; ip addr flush dev d0; done
echo "# the same network three times"
both() { fresh; add 10.0.0.1/24 brd + dev d0; add 10.0.0.2/24 brd + dev d0; add 10.0.0.3/25 brd + dev d0; add 10.0.0.1/16 dev d0; add 10.0.0.4 peer 10.0.0.9 dev d0; ip route add 10.9.0.0/16 via 10.0.0.8 src 10.0.0.2; }
both; show
for order in "1/24 2/24 3/25 1/16" "1/16 3/25 2/24 1/24" "2/24 1/24 1/16 3/25" "3/25 1/24 1/16 4"; do echo "# $order"; both >/dev/null
  for i in $order; do if [ $i = 4 ]; then del 10.0.0.4 peer 10.0.0.9 dev d0; else del 10.0.0.$i dev d0; fi; show; done; done
echo "# on two devices"
fresh; ip link add d1 address 02:00:00:00:00:d1 type dummy; ip link set d1 up
add 10.0.0.1/24 brd + dev d0; add 10.0.0.1/24 brd + dev d1; add 10.0.0.5/24 dev d1; ip route show table all; ip route get 10.0.0.77; ip route get 10.0.0.255
del 10.0.0.1/24 dev d0; ip route show table all; add 10.0.0.1/24 dev d0; ip route show table all
ip link set d1 down; ip route show table all; ip link set d1 up; ip route show table all
