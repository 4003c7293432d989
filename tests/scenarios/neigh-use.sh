# NTF_USE: an entry resolved, or asked about anew, without a packet.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/neighbour.sh"
sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=50 net.ipv4.neigh.v0.delay_first_probe_time=1
. "$kit/silent.sh"
set -x
ip neigh add 10.0.0.2 use nud none dev v0
settle 10.0.0.2 reachable
ip neigh add 10.0.0.3 use nud none dev v0
settle 10.0.0.3 failed
ip neigh change 10.0.0.3 use dev v0
settle 10.0.0.3 failed
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 nud stale dev v0
ip neigh replace 10.0.0.2 use dev v0
ip neigh show 10.0.0.2
settle 10.0.0.2 failed
ip neigh replace 10.0.0.2 use dev v0
settle 10.0.0.2 reachable
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud permanent dev v0
ip neigh replace 10.0.0.2 use dev v0
settle 10.0.0.2 reachable
ip neigh add 10.0.0.1 use nud none dev v0
ip neigh add 10.0.0.255 use nud none dev v0
ip neigh add 224.0.0.5 use nud none dev v0
settle 10.0.0.1 failed
ip neigh show nud all | grep -v '10.0.0.[123] ' | sort
