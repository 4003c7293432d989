# A neighbour b of the namespace that the scenario runs in: `. "$kit/neighbour.sh"`. `v0_up` waits for the wire.
#
#   v0 10.0.0.1 02:00:00:00:00:01  ----  b v1 10.0.0.2 02:00:00:00:00:02
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev v1
ip link set v0 up
ip -n b link set v1 up
v0_up() { for _ in $(seq 100); do ip -br link show v0 | grep -q ' UP ' && break; sleep 0.02; done; }
