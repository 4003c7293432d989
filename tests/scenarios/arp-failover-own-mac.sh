# An address moves from one node to another, each with a MAC address of its own, on a wire with a router: with an
# announcement the router follows at once, without one when it finds out.
exec 2>&1
ip netns add a
ip netns add b
ip link add ra address 02:00:00:00:00:10 type veth peer name eth0 address 02:00:00:00:00:0a netns a
ip link add rb address 02:00:00:00:00:20 type veth peer name eth0 address 02:00:00:00:00:0b netns b
# Both nodes stand in for one network behind this host: a /32 route chooses the wire, the address is the same.
ip addr add 10.0.0.1/24 dev ra
ip addr add 10.0.0.1/24 dev rb
for n in a b; do ip -n $n link set eth0 up; done
ip -n a addr add 10.0.0.11/24 dev eth0
ip -n b addr add 10.0.0.12/24 dev eth0
ip link set ra up
ip link set rb up
for d in ra rb; do for _ in $(seq 100); do ip -br link show $d | grep -q ' UP ' && break; sleep 0.02; done; done
sysctl -qw net.ipv4.neigh.ra.delay_first_probe_time=1 net.ipv4.neigh.ra.retrans_time_ms=50
sysctl -qw net.ipv4.neigh.rb.delay_first_probe_time=1 net.ipv4.neigh.rb.retrans_time_ms=50
try() { ping -q -c 1 -W 1 -I "$1" 10.0.0.100 | grep -o '[01] received'; ip neigh show 10.0.0.100 dev "$1" nud all; }
echo "== a has the address"
ip -n a addr add 10.0.0.100/24 dev eth0
try ra
echo "== a gives it up, and changes its MAC address before it takes it again: announced"
ip -n a addr del 10.0.0.100/24 dev eth0
ip -n a link set eth0 address 02:00:00:00:00:aa
ip -n a addr add 10.0.0.100/24 dev eth0
ip netns exec a arping -q -c 1 -U -I eth0 10.0.0.100
ip neigh show 10.0.0.100 dev ra
try ra
echo "== once more, not announced: the old address is tried, given up, and found anew"
ip -n a addr del 10.0.0.100/24 dev eth0
ip -n a link set eth0 address 02:00:00:00:00:ab
ip -n a addr add 10.0.0.100/24 dev eth0
ip neigh replace 10.0.0.100 lladdr 02:00:00:00:00:aa nud stale dev ra
ping -q -c 1 -W 1 -I ra 10.0.0.100 | grep -o '[01] received'
for _ in $(seq 100); do ip neigh show 10.0.0.100 nud failed | grep -q . && break; sleep 0.05; done
try ra
echo "== the other node takes over"
ip -n a addr del 10.0.0.100/24 dev eth0
ip -n b addr add 10.0.0.100/24 dev eth0
ip netns exec b arping -q -c 1 -A -I eth0 10.0.0.100
try rb
