# /proc/net/stat/arp_cache: each column counts what it says. On Linux it is one line for the machine, so differences
# are shown.
# oracle: -i
. "$(dirname "$0")/kit/begin.sh"
. "$kit/neighbour.sh"; v0_up
sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=50
head -1 /proc/net/stat/arp_cache
ip netns exec b ls /proc/net/stat/arp_cache 2>&1
awk 'NR == 2 {print NF}' /proc/net/stat/arp_cache
names=$(head -1 /proc/net/stat/arp_cache)
read_stat() { awk 'NR == 2' /proc/net/stat/arp_cache; }
changes() {  # by how much the columns wanted have changed since
  python3 - "$names" "$before" "$(read_stat)" "$want" <<'PY'
import sys
names, before, after, want = (a.split() for a in sys.argv[1:])
for n, b, a in zip(names, before, after):
    if n in want: print(" ", n, int(a, 16) - int(b, 16))
PY
}
step() { echo "$1:"; want="$2"; before=$(read_stat); }
step "an entry by hand" "entries allocs"
ip neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev v0
changes
step "and gone" "entries destroys"
ip neigh del 10.0.0.5 dev v0
changes
step "resolution that fails" "entries allocs res_failed"
ip neigh add 10.0.0.9 use nud none dev v0
for _ in $(seq 100); do ip neigh show nud failed | grep -q . && break; sleep 0.03; done
changes
step "solicitations, which are not what rcv_probes counts" "rcv_probes_mcast rcv_probes_ucast"
ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud probe dev v0
for _ in $(seq 100); do ip neigh show 10.0.0.2 nud reachable | grep -q . && break; sleep 0.03; done
ip netns exec b ping -q -c 1 10.0.0.1 >/dev/null
changes
step "more entries than chains" "hash_grows"
for i in $(seq 100 140); do echo "neigh add 10.0.0.$i lladdr 02:00:00:00:00:05 dev v0"; done | ip -batch -
changes
step "a lookup without a hit" "lookups hits"
ip neigh get 10.0.0.77 dev v0
changes
step "and with one" "lookups hits"
ip neigh get 10.0.0.9 dev v0 >/dev/null
changes
step "packets that don't fit" "unresolved_discards"
sysctl -qw net.ipv4.neigh.v0.unres_qlen_bytes=0
python3 -c '
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(5): u.sendto(b"x", ("10.0.0.66", 9))'
changes
