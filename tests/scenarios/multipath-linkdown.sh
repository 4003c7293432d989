# A next hop without carrier is shown as linkdown, and is passed over where routes are to ignore such.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do
  ip link add v$i address 02:00:00:00:00:a$i type veth peer name w$i address 02:00:00:00:00:b$i
  ip link set v$i up; ip link set w$i up; ip addr add 10.0.$i.1/24 dev v$i
done
ways() { for i in $(seq 60); do echo "route get 10.9.3.$i"; done | ip -batch - | grep -o 'via [0-9.]*' | sort -u | tr '\n' ' '; echo; }
set -x
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
ip route add 10.8.0.0/16 via 10.0.1.2
ip route add 10.8.0.0/16 via 10.0.0.2 metric 9
ip route
{ set +x; } 2>/dev/null; ways; set -x
ip link set w1 down
ip route
{ set +x; } 2>/dev/null; ways; set -x
ip route get 10.8.1.1
sysctl -w net.ipv4.conf.v1.ignore_routes_with_linkdown=1
ip route
{ set +x; } 2>/dev/null; ways; set -x
ip route get 10.8.1.1
ip route get 10.8.1.1 oif v1
ip link set w0 down
sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=1
ip route
ip route get 10.9.3.1
ip link set w1 up
ip route
{ set +x; } 2>/dev/null; ways; set -x
ip route get 10.8.1.1
ip link set w0 up
ip route
{ set +x; } 2>/dev/null; ways
