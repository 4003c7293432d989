# Two hosts, a and b (10.0.1.2, 10.0.2.2), and a router r between them, for a world's bash: `. "$E2E/_router.sh"`.
for n in a r b; do ip netns add $n; ip -n $n link set lo up; done
ip link add a0 netns a type veth peer name ra netns r; ip link add b0 netns b type veth peer name rb netns r
ip -n a addr add 10.0.1.2/24 dev a0; ip -n r addr add 10.0.1.1/24 dev ra
ip -n r addr add 10.0.2.1/24 dev rb; ip -n b addr add 10.0.2.2/24 dev b0
ip -n a link set a0 up; ip -n r link set ra up; ip -n r link set rb up; ip -n b link set b0 up
ip -n a route add default via 10.0.1.1; ip -n b route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
