# Gratuitous ARP, as request (arping -U) and as reply (arping -A): who learns what, with and without arp_accept,
# and whether an entry takes the new address at once.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/neighbour.sh"; v0_up
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
