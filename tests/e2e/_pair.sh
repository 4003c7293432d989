# A host b (v1, 10.0.0.2, 02:00:00:00:00:02) on a wire to the namespace that this runs in (v0, 10.0.0.1, 02:00:00:00:00:01), for a
# world's bash: `. "$E2E/_pair.sh"`.
ip netns add b; ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up
ip -n b addr add 10.0.0.2/24 dev v1; ip -n b link set v1 up
