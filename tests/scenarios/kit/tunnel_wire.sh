# A wire below a tunnel between this namespace and h: `. "$kit/tunnel_wire.sh"`.
#
#   eth0 10.0.0.1 02:00:00:00:00:01  ----  h eth0 10.0.0.2 02:00:00:00:00:04
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add h
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 netns h address 02:00:00:00:00:04
ip link set lo up; ip link set eth0 up; ip -n h link set eth0 up; ip -n h link set lo up
ip addr add 10.0.0.1/24 dev eth0; ip -n h addr add 10.0.0.2/24 dev eth0
