# Two namespaces and a veth pair: the first minutes of anybody's lab.
exec 2>&1
PS4="# "
set -x
ip link add v0 type veth peer name v1
ip netns add b
ip link set v1 netns b
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n b addr add 10.0.0.2/24 dev v1
ip -n b link set v1 up
ping -c 3 -i 0.2 10.0.0.2
ip neigh
ip route
ip -s link
ip netns exec b ip neigh
