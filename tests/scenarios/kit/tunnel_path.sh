# What is between the ends of a tunnel, this namespace and h: `. "$kit/tunnel_path.sh"`.
#
#   eth0 10.0.0.1 -- r0 10.0.0.2 r 10.0.1.1 r1 -- h eth0 10.0.1.2        02:00:00:00:00:01 to :04
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add h; ip netns add r
ip link add eth0 address 02:00:00:00:00:01 type veth peer name r0 netns r address 02:00:00:00:00:02
ip -n r link add r1 address 02:00:00:00:00:03 type veth peer name eth0 netns h address 02:00:00:00:00:04
ip link set lo up; ip link set eth0 up; ip -n r link set r0 up; ip -n r link set r1 up
ip -n h link set eth0 up; ip -n h link set lo up
ip addr add 10.0.0.1/24 dev eth0; ip -n r addr add 10.0.0.2/24 dev r0
ip -n r addr add 10.0.1.1/24 dev r1; ip -n h addr add 10.0.1.2/24 dev eth0
ip route add default via 10.0.0.2; ip -n h route add default via 10.0.1.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
