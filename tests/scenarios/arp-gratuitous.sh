# Gratuitous ARP, as request (arping -U) and as reply (arping -A): who learns what, with and without arp_accept,
# and whether an entry takes the new address at once.
exec 2>&1
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev v1
ip link set v0 up
ip -n b link set v1 up
for _ in $(seq 100); do ip -br link show v0 | grep -q ' UP ' && break; sleep 0.02; done
arping_() { ip netns exec b arping -q -c 1 -w 1 -I v1 "$@" >/dev/null; }
for accept in 0 1; do
  sysctl -w net.ipv4.conf.v0.arp_accept=$accept
  for how in -U -A; do
    echo "-- $how, unknown"
    ip neigh flush all
    arping_ $how 10.0.0.2
    ip neigh show nud all
    for state in reachable stale permanent noarp; do
      echo "-- $how, $state with another address"
      ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 nud $state dev v0
      arping_ $how 10.0.0.2
      ip neigh show nud all
    done
    ip neigh del 10.0.0.2 dev v0
  done
done
