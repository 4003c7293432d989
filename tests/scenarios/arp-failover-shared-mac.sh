# An address moves between two nodes that share one MAC address for it: its users notice nothing.
exec 2>&1
ip netns add a
ip netns add b
ip link add ra address 02:00:00:00:00:10 type veth peer name eth0 address 02:00:00:00:00:0a netns a
ip link add rb address 02:00:00:00:00:20 type veth peer name eth0 address 02:00:00:00:00:0b netns b
ip addr add 10.0.0.1/32 dev lo
for n in a b; do
  ip -n $n link set lo up
  ip -n $n link set eth0 up
done
ip link set ra up
ip link set rb up
for d in ra rb; do for _ in $(seq 100); do ip -br link show $d | grep -q ' UP ' && break; sleep 0.02; done; done
take() {  # NODE DEV: the virtual address with its MAC address, and the route to it
  ip -n "$1" link set eth0 address 02:00:00:00:01:00
  ip -n "$1" addr add 10.0.0.100/24 dev eth0
  ip route replace 10.0.0.100/32 dev "$2" src 10.0.0.1
  ip netns exec "$1" arping -q -c 1 -U -I eth0 10.0.0.100
}
leave() {
  ip -n "$1" addr del 10.0.0.100/24 dev eth0
  ip -n "$1" link set eth0 address "$2"
}
try() { ping -q -c 1 -W 1 10.0.0.100 | grep -o '[01] received'; ip neigh show 10.0.0.100 nud all | sort; }
ip link set lo up
take a ra
try
leave a 02:00:00:00:00:0a
take b rb
try
leave b 02:00:00:00:00:0b
take a ra
try
echo "what the nodes know of the router:"
for n in a b; do ip -n $n neigh show nud all | sed 's/DELAY\|PROBE\|REACHABLE/STALE/'; done
