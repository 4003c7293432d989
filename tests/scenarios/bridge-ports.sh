# What ports can be told: states, priority and cost, flags; who hears what; and what is refused.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/bridge_hosts.sh" 3
ip link add br0 type bridge
ip link set br0 up
for i in 1 2 3; do ip link set p$i up master br0; done
for _ in $(seq 100); do [ "$(bridge link | grep -c forwarding)" = 3 ] && break; sleep 0.05; done
reach() { { local -; set +x; } 2>/dev/null; ip netns exec h$1 ping -qc 1 -W 0.4 10.0.0.$2 >/dev/null && echo "$1 reaches $2" || echo "$1 does not reach $2"; }
forget() { { local -; set +x; } 2>/dev/null; bridge fdb show br br0 | grep -q 02:00:00:00:02 && ip link set br0 type bridge fdb_flush; for i in 1 2 3; do ip -n h$i neigh flush all; done; }
set -x
reach 1 2
bridge link set dev p1 state 0
bridge link show dev p1
reach 1 2
bridge link set dev p1 state 2
bridge link show dev p1
forget
reach 1 2
bridge link set dev p1 state 4
bridge link show dev p1
reach 1 2
bridge link set dev p1 state 5
bridge link set dev p1 priority 10
bridge link set dev p1 priority 64
bridge link set dev p1 cost 5
bridge link set dev p1 cost 65536
bridge link show dev p1
bridge link set dev p1 isolated on
forget
reach 1 2
bridge link set dev p2 isolated on
forget
reach 1 2
reach 1 3
bridge link set dev p1 isolated off
bridge link set dev p2 isolated off
bridge link set dev p1 learning off
forget
reach 1 2
bridge fdb show dev p1 | grep 02:00:00:00:02
bridge link set dev p1 learning on
bridge link set dev p2 bcast_flood off
forget
reach 1 2
reach 2 1
bridge link set dev p2 bcast_flood on
bridge link set dev p2 flood off mcast_flood off
bridge -d link show dev p2
forget
reach 1 2
ip link set p2 type bridge_slave priority 3 cost 7 hairpin on
bridge -d link show dev p2
bridge link set dev br0 learning off
bridge link set dev br0 self learning off
ip link set p3 down
bridge link set dev p3 state 3
bridge link set dev p3 state 0
