# NTF_MANAGED: entries that the kernel keeps resolved by itself, and interval_probe_time_ms.
exec 2>&1
PS4="# "
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev v1
ip link set v0 up
ip -n b link set v1 up
settle() {
  local - && { set +x; } 2>/dev/null
  for _ in $(seq 100); do ip neigh show "$1" nud "$2" | grep -q . && break; sleep 0.05; done
  ip neigh show "$1" nud all
}
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
