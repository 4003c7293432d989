# Two hosts whose TCP says the same on every machine (no timestamps, buffers of the default sizes): `. "$kit/tcp_hosts.sh"`.
#
#   a a0 10.0.1.1 02:00:00:00:01:01  ----  b b0 10.0.1.2 02:00:00:00:01:02
for n in a b; do
  ip netns add $n; ip -n $n link set lo up
  ip netns exec $n sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_rmem="4096 131072 6291456"
done
ip link add a0 netns a address 02:00:00:00:01:01 type veth peer name b0 netns b address 02:00:00:00:01:02
ip -n a addr add 10.0.1.1/24 dev a0; ip -n b addr add 10.0.1.2/24 dev b0
ip -n a link set a0 up; ip -n b link set b0 up
ip -n a neigh replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev a0 nud permanent
ip -n b neigh replace 10.0.1.1 lladdr 02:00:00:00:01:01 dev b0 nud permanent
