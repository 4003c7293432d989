# The namespace that linnet_syscalls is run in: lo, and a veth to a neighbour that answers.
#   bash world.sh PROGRAM ARGUMENTS...
set -e
mkdir -p /run/netns
ip link set lo up
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link set v0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b link set lo up
ip -n b link set v1 up
ip -n b addr add 10.0.0.2/24 dev v1
ip neigh add 10.0.0.2 dev v0 lladdr 02:00:00:00:00:02 nud permanent
ip -n b neigh add 10.0.0.1 dev v1 lladdr 02:00:00:00:00:01 nud permanent
ip route add 224.0.0.0/4 dev v0
for ns in '' b; do
  ${ns:+ip netns exec $ns} sysctl -qw net.ipv4.icmp_ratemask=0 "net.ipv4.ping_group_range=0 2147483647"
done
until ip link show v0 | grep -q LOWER_UP; do sleep 0.05; done
exec "$@"
