# What RTNLGRP_NEIGH is told as an entry is resolved, goes stale, fails, is asked about by an application (app_solicit)
# and goes.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/neighbour.sh"
ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 nud permanent dev v1
v0_up
sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=60 net.ipv4.neigh.v0.locktime=0 net.ipv4.neigh.v0.delay_first_probe_time=1
ip monitor neigh >>/tmp/monitor.$$ &
monitor=$!
mark() {
  ip neigh replace 10.0.0.250 lladdr 02:00:00:00:00:fa nud noarp dev v0
  for _ in $(seq 100); do grep -q '250.*NOARP' /tmp/monitor.$$ && break; sleep 0.02; done
  ip neigh del 10.0.0.250 dev v0
  for _ in $(seq 100); do grep -q 'Deleted 10.0.0.250' /tmp/monitor.$$ && break; sleep 0.02; done
  echo "== $1"
  grep -v 10.0.0.250 /tmp/monitor.$$
  : >/tmp/monitor.$$
}
wait_for() { for _ in $(seq 100); do ip neigh show "$1" nud "$2" | grep -q . && break; sleep 0.03; done; }
sleep 0.3
mark start
ping -q -c 1 10.0.0.2 >/dev/null
mark "resolved by a ping"
ip neigh add 10.0.0.3 use nud none dev v0
wait_for 10.0.0.3 failed
mark "nobody there"
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 nud stale dev v0
mark "another address by hand"
ping -q -c 1 -W 0.1 10.0.0.2 >/dev/null
wait_for 10.0.0.2 failed
mark "used, and nobody there"
sysctl -qw net.ipv4.neigh.v0.mcast_resolicit=2
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 nud stale dev v0
ip neigh change 10.0.0.2 use dev v0
wait_for 10.0.0.2 reachable
mark "found by broadcast (mcast_resolicit)"
sysctl -qw net.ipv4.neigh.v0.app_solicit=2
ip neigh add 10.0.0.4 use nud none dev v0
wait_for 10.0.0.4 failed
mark "app_solicit: applications are asked first"
sysctl -qw net.ipv4.neigh.v0.mcast_solicit=0
ip neigh add 10.0.0.5 use nud none dev v0
wait_for 10.0.0.5 failed
mark "applications alone"
sysctl -qw net.ipv4.neigh.v0.app_solicit=0
ip neigh add 10.0.0.6 use nud none dev v0
ip neigh show 10.0.0.6 nud all
mark "nobody is asked"
ip neigh flush dev v0
mark flushed >/tmp/flushed.$$
sort /tmp/flushed.$$
rm -f /tmp/flushed.$$
ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0
ip -n b link set v1 down
for _ in $(seq 100); do ip -br link show v0 | grep -q LOWERLAYERDOWN && break; sleep 0.02; done
ip neigh show nud all
ip link set v0 down
sleep 0.1
echo "== down"
cat /tmp/monitor.$$
kill $monitor
rm -f /tmp/monitor.$$
