# As whom a host asks, what it learns unasked and what it forgets: arp_announce, arp_accept, drop_gratuitous_arp,
# arp_notify, arp_evict_nocarrier.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/arp_ports.sh"

learnt() { ip neigh show dev p0 nud all | sed 's/DELAY\|PROBE\|REACHABLE/STALE/' | sort; }

echo "== arp_announce: what h takes the asker's address to be"
announced() {  # SOURCE
  ip -n h neigh flush all
  ip neigh flush all
  ping -q -c 1 -W 0.2 -I "$1" 10.0.0.2 >/dev/null
  echo "from $1: $(ip -n h neigh show dev q0 nud all | sed 's/DELAY\|PROBE\|REACHABLE/STALE/' | sort | paste -sd,)"
}
for mode in 0 1 2 3; do
  sysctl -w net.ipv4.conf.p0.arp_announce=$mode
  for source in 10.0.0.1 10.0.0.9 10.1.0.1 10.3.0.1; do announced $source; done
done
sysctl -w net.ipv4.conf.p0.arp_announce=0 net.ipv4.conf.all.arp_announce=2
announced 10.3.0.1
sysctl -w net.ipv4.conf.all.arp_announce=0
echo "without a packet:"
ip -n h neigh flush all
ip neigh flush all
ip neigh add 10.0.0.2 dev p0 use nud none
for _ in $(seq 50); do ip neigh show 10.0.0.2 nud reachable | grep -q . && break; sleep 0.05; done
learnt
ip -n h neigh show nud all

echo "== arp_accept: gratuitous requests, sent when h's port comes up"
ip netns exec h sysctl -w net.ipv4.conf.q0.arp_notify=1
up_again() {
  ip neigh flush all
  ip -n h link set q0 down
  ip -n h link set q0 up
  sleep 0.1
  learnt
}
for mode in 0 1 2; do
  sysctl -w net.ipv4.conf.p0.arp_accept=$mode net.ipv4.conf.p0.arp_evict_nocarrier=0
  up_again
done
sysctl -w net.ipv4.conf.p0.arp_accept=3
up_again
sysctl -w net.ipv4.conf.p0.arp_accept=1 net.ipv4.conf.all.arp_accept=2
up_again
sysctl -w net.ipv4.conf.p0.arp_accept=0 net.ipv4.conf.all.arp_accept=1
up_again
echo "== drop_gratuitous_arp"
sysctl -w net.ipv4.conf.p0.drop_gratuitous_arp=1
up_again
sysctl -w net.ipv4.conf.p0.drop_gratuitous_arp=0 net.ipv4.conf.all.drop_gratuitous_arp=1
up_again
sysctl -w net.ipv4.conf.all.drop_gratuitous_arp=0
echo "== arp_notify: on another link-layer address, not while down, not on another name or a new address"
ip neigh flush all
ip -n h link set q0 address 02:00:00:00:00:b2
sleep 0.1
learnt
ip neigh flush all
ip -n h addr add 10.0.0.7/24 dev q0
sleep 0.1
learnt
ip -n h link set q0 down
ip -n h link set q0 address 02:00:00:00:00:b0
ip -n h link set q0 name q2
ip -n h link set q2 name q0
sleep 0.1
learnt
ip netns exec h sysctl -w net.ipv4.conf.q0.arp_notify=0
ip -n h link set q0 up
sleep 0.1
learnt
echo "not by all's value either:"
ip netns exec h sysctl -w net.ipv4.conf.all.arp_notify=1
up_again
sysctl -w net.ipv4.conf.all.arp_accept=0

echo "== arp_evict_nocarrier"
entries() {
  ip neigh flush all
  ip neigh replace 10.0.0.50 lladdr 02:00:00:00:00:50 nud reachable dev p0
  ip neigh replace 10.0.0.51 lladdr 02:00:00:00:00:51 nud permanent dev p0
  ip neigh replace 10.0.0.52 lladdr 02:00:00:00:00:52 nud noarp dev p0
  ip neigh add proxy 10.0.0.53 dev p0
}
for both in "1 1" "1 0" "0 1" "0 0"; do
  set -- $both
  sysctl -w net.ipv4.conf.all.arp_evict_nocarrier=$1 net.ipv4.conf.p0.arp_evict_nocarrier=$2
  entries
  ip -n h link set q0 down
  for _ in $(seq 50); do ip -br link show p0 | grep -q LOWERLAYERDOWN && break; sleep 0.05; done
  learnt
  ip neigh show proxy
  ip -n h link set q0 up
  for _ in $(seq 50); do ip -br link show p0 | grep -q ' UP ' && break; sleep 0.05; done
done
echo "== noarp"
entries
ip link set p0 arp off
learnt
ip neigh show proxy
ip link set p0 arp on
echo "== the last address, a broadcast address"
entries
ip neigh replace 10.5.0.255 nud none dev p0
ip neigh replace 10.6.0.255 lladdr 02:00:00:00:00:56 nud stale dev p0
ip addr add 10.5.0.1/24 dev p0
ip addr add 10.6.0.1/24 brd + dev p0
learnt
ip addr flush dev p0
learnt
ip neigh show proxy
