# traceroute and tracepath through a router: error queues, TTL, path MTU of the sender.
exec 2>&1
ip netns add r; ip netns add h2
ip link add ea type veth peer name eb netns r; ip link add ec netns r type veth peer name ed netns h2
ip addr add 10.0.1.1/24 dev ea; ip -n r addr add 10.0.1.2/24 dev eb; ip -n r addr add 10.0.2.1/24 dev ec; ip -n h2 addr add 10.0.2.2/24 dev ed
ip link set ea up; ip -n r link set eb up; ip -n r link set ec up; ip -n h2 link set ed up; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip route add default via 10.0.1.2; ip -n h2 route add default via 10.0.2.1
traceroute -n 10.0.2.2
tracepath -n 10.0.2.2
