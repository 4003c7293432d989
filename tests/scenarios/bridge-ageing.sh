# What is learnt goes when it is old, when its port loses its carrier, and not at all with an age of 0.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/bridge_hosts.sh" 2
ip link add br0 type bridge ageing_time 100
ip link set br0 up
for i in 1 2; do ip link set p$i up master br0; done
for _ in $(seq 100); do [ "$(bridge link | grep -c forwarding)" = 2 ] && break; sleep 0.05; done
for i in 1 2; do ip -n h$i neigh add 10.0.0.$((3 - i)) lladdr 02:00:00:00:02:0$((3 - i)) dev q$i; done
talk() { ip netns exec h1 ping -qc 1 10.0.0.2 | grep received; }
learnt() { { local -; set +x; } 2>/dev/null; bridge fdb show br br0 | grep '^02:00:00:00:02'; }
gone() { { local -; set +x; } 2>/dev/null; for _ in $(seq 100); do learnt >/dev/null || return; sleep 0.05; done; }
is() { { local -; set +x; } 2>/dev/null; for _ in $(seq 100); do bridge link show dev p1 | grep -q $1 && return; sleep 0.05; done; }
set -x
learnt
talk
learnt
gone
learnt
ip link set br0 type bridge ageing_time 30000
talk
bridge fdb add 02:00:00:00:02:77 dev p1 master static
ip -n h1 link set q1 down
is disabled
bridge link
learnt
ip -n h1 link set q1 up
is forwarding
ip -n h1 neigh replace 10.0.0.2 lladdr 02:00:00:00:02:02 dev q1
ip link set br0 type bridge fdb_flush ageing_time 0
talk
learnt
# An address that moves.
ip link set br0 type bridge ageing_time 30000
talk
learnt
ip -n h2 link set q2 address 02:00:00:00:02:01
ip netns exec h2 arping -qc 1 -w 1 -U -I q2 10.0.0.2
learnt
