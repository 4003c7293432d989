# What happens to routes as links and addresses go: down, unplugged, address removed, device removed.
exec 2>&1
PS4="# "
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1
ip link set v0 up; ip link set v1 up; sleep 0.2
ip addr add 10.0.0.1/24 dev v0; ip addr add 10.0.1.1/24 dev v0
ip route add 10.1.0.0/16 via 10.0.0.9; ip route add 10.2.0.0/16 via 10.0.0.9 src 10.0.1.1
ip route add unreachable 10.3.0.0/16; ip route add 10.4.0.0/16 dev v0 table 9; ip route add default via 10.0.1.9
ip monitor route >seen & monitor=$!
sleep 0.3
set -x
ip route show table all
ip link set v1 down; sleep 0.3; ip route show table all
sysctl -qw net.ipv4.conf.all.ignore_routes_with_linkdown=1
ip route get 10.1.0.1; ip route; ip route get 10.0.0.1
sysctl -qw net.ipv4.conf.all.ignore_routes_with_linkdown=0
ip link set v1 up; sleep 0.3; ip route
ip addr del 10.0.1.1/24 dev v0; ip route show table all
ip link set v0 down; ip route show table all
ip link set v0 up; sleep 0.3; ip route show table all
ip route add 10.1.0.0/16 via 10.0.0.9
ip link del v0; ip route show table all
{ kill $monitor; wait $monitor; } 2>/dev/null
set +x; cat seen
