# What waits for an unresolved neighbour: as many bytes as unres_qlen_bytes says, the oldest go first; what is left
# is sent in order when the answer comes.
# oracle: -i
. "$(dirname "$0")/kit/begin.sh"
. "$kit/neighbour.sh"
v0_up
sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=100 net.ipv4.neigh.v0.mcast_solicit=100
try() {  # unres_qlen_bytes
  sysctl -w net.ipv4.neigh.v0.unres_qlen_bytes="$1"
  ip netns exec b sysctl -qw net.ipv4.conf.v1.arp_ignore=8
  ip neigh flush all
  before=$(discards)
  ip netns exec b timeout 9 python3 - <<'PY' >/tmp/arrived.$$ &
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("10.0.0.2", 9)); s.settimeout(6)
got = []
print("arrived:", end="", flush=True)
try:
    while True:
        got.append(s.recv(100)[0])
        s.settimeout(0.3)
except TimeoutError: pass
print("", *got)
PY
  for _ in $(seq 100); do grep -q : /tmp/arrived.$$ 2>/dev/null && break; sleep 0.03; done
  python3 - <<'PY'
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
u.bind(("10.0.0.1", 0))
for i in range(8):
    u.sendto(bytes([i]) * 10, ("10.0.0.2", 9))
PY
  echo "discarded: $((0x$(discards) - 0x$before))"
  ip netns exec b sysctl -qw net.ipv4.conf.v1.arp_ignore=0
  wait
  cat /tmp/arrived.$$
  rm -f /tmp/arrived.$$
}
discards() { awk 'NR == 2 {print $12}' /proc/net/stat/arp_cache; }
for bytes in 212992 0 1 768 1536 2000 5000; do try $bytes; done
