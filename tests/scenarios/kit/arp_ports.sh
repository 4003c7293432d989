# A host with addresses of all scopes and on several devices, and who asks it: `. "$kit/arp_ports.sh"`. Its port p0 leads to h,
# p1 to x; 10.3.0.1 is on lo. Nobody asks often or long for a neighbour.
#
#   p0 10.0.0.1, .9 (link), .8 (host) 02:00:00:00:00:a0  ----  h q0 10.0.0.2, 10.9.0.2 02:00:00:00:00:b0
#   p1 10.1.0.1 02:00:00:00:00:a1                        ----  x q1 10.1.0.2 02:00:00:00:00:b1
ip netns add h
ip netns add x
ip link set lo up
ip link add p0 address 02:00:00:00:00:a0 type veth peer name q0 address 02:00:00:00:00:b0 netns h
ip link add p1 address 02:00:00:00:00:a1 type veth peer name q1 address 02:00:00:00:00:b1 netns x
ip addr add 10.0.0.1/24 dev p0
ip addr add 10.0.0.9/32 dev p0 scope link
ip addr add 10.0.0.8/32 dev p0 scope host
ip addr add 10.1.0.1/24 dev p1
ip addr add 10.3.0.1/32 dev lo
ip -n h addr add 10.0.0.2/24 dev q0
ip -n h addr add 10.9.0.2/24 dev q0
ip -n x addr add 10.1.0.2/24 dev q1
ip link set p0 up
ip link set p1 up
ip -n h link set q0 up
ip -n x link set q1 up
ip -n h route add default dev q0
ip netns exec h sysctl -qw net.ipv4.neigh.q0.retrans_time_ms=50 net.ipv4.neigh.q0.mcast_solicit=2
sysctl -qw net.ipv4.neigh.p0.retrans_time_ms=50 net.ipv4.neigh.p1.retrans_time_ms=50
