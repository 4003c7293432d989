# The same events as the running kernel: neighbour states, drops with their reasons, routes taken; by `linnet compare
# --events`. Needs root and the kernel's tracepoints.
E2E_KEEP_ROOT=1
. "$(dirname "$0")/_lib.sh"
need ip ping unshare
[ "$(id -u)" = 0 ] || skip "needs root, to make the kernel's namespaces and read its tracepoints"
drops=/sys/kernel/tracing/events/skb/kfree_skb/format
[ -r "$drops" ] || skip "the kernel has no tracefs, or not its drops"
grep -q IP_LOCAL_SOURCE "$drops" || skip "this kernel names fewer reasons than are compared (before 6.14)"

chmod 755 "$scratch"
cat >puzzle.sh <<'S'
ip link add eth0 address 02:00:00:00:00:02 type veth peer name eth1 address 02:00:00:00:00:03
ip addr add 192.168.0.2/24 dev eth0; ip addr add 192.168.0.3/24 dev eth1
ip link set lo up; ip link set eth0 up; ip link set eth1 up; sleep 0.3
ping -c 1 -W 4 -I eth0 192.168.0.3
ip neigh replace 192.168.0.3 lladdr 02:00:00:00:00:03 dev eth0 nud permanent
ping -c 1 -W 1 -I eth0 192.168.0.3
S
cat >forward.sh <<'S'
for n in a r b; do ip netns add $n; ip -n $n link set lo up; done
ip link add a0 netns a address 02:00:00:00:01:01 type veth peer name ra netns r address 02:00:00:00:01:02
ip link add b0 netns b address 02:00:00:00:02:01 type veth peer name rb netns r address 02:00:00:00:02:02
ip -n a addr add 10.0.1.2/24 dev a0; ip -n r addr add 10.0.1.1/24 dev ra
ip -n b addr add 10.0.2.2/24 dev b0; ip -n r addr add 10.0.2.1/24 dev rb
ip -n a link set a0 up; ip -n r link set ra up; ip -n r link set rb up; ip -n b link set b0 up; sleep 0.3
ip -n a route add default via 10.0.1.1; ip -n b route add default via 10.0.2.1
ip netns exec a ping -q -c1 -W1 10.0.2.2
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip netns exec a ping -q -c1 -W1 10.0.2.2
ip netns exec a ping -q -c1 -W1 -t1 10.0.2.2
S
for scenario in puzzle forward; do
  out=$("$LINNET" compare --oracle host --events "$scenario.sh" 2>&1)
  case $out in
    *"no tracepoint"* | *"Operation not permitted"*) skip "the kernel lacks a tracepoint: $out" ;;
  esac
  contains "the events of $scenario" "equal     $scenario" "$out"
done
