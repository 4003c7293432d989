# NTF_MANAGED: entries that the kernel keeps resolved by itself, and interval_probe_time_ms.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/neighbour.sh"
. "$kit/silent.sh"
set -x
ip neigh add 10.0.0.2 managed dev v0
settle 10.0.0.2 reachable
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:77 managed extern_learn dev v0
settle 10.0.0.2 reachable
ip neigh change 10.0.0.2 managed dev v0
settle 10.0.0.2 reachable
ip neigh change 10.0.0.2 lladdr 02:00:00:00:00:02 nud stale dev v0
ip neigh show 10.0.0.2
ip neigh add 10.0.0.3 managed nud permanent lladdr 02:00:00:00:00:03 dev v0
ip neigh add 10.0.0.3 nud permanent lladdr 02:00:00:00:00:03 dev v0
ip neigh change 10.0.0.3 managed dev v0
ip neigh show 10.0.0.3 nud all
ip neigh add 10.0.0.4 use managed nud none dev v0
ip neigh show 10.0.0.4 nud all
ip neigh flush dev v0
ip neigh show nud all | sort
