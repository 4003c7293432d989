# What confirms a neighbour without an ARP packet: MSG_CONFIRM on a UDP, raw or ping socket. Without, DELAY leads to
# PROBE; with it, to REACHABLE. The peer's answers to ARP are switched off.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/neighbour.sh"
ip netns exec b sysctl -qw net.ipv4.conf.v1.arp_ignore=8
ip route add 10.7.0.0/16 via 10.0.0.2
sysctl -qw net.ipv4.ping_group_range="0 2147483647"
for _ in $(seq 100); do ip -br link show v0 | grep -q ' UP ' && break; sleep 0.02; done
sysctl -qw net.ipv4.neigh.v0.retrans_time_ms=100 net.ipv4.neigh.v0.delay_first_probe_time=1
try() {
  ip neigh flush all
  sysctl -qw net.ipv4.neigh.v0.base_reachable_time_ms=30000
  ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 nud stale dev v0
  python3 - "$@" <<'PY'
import socket, struct, sys
kind, flags, to = sys.argv[1], int(sys.argv[2], 0), sys.argv[3]
if kind == "udp": s, d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), b"x"
if kind == "raw": s, d = socket.socket(socket.AF_INET, socket.SOCK_RAW, 200), b"x"
if kind == "hdrincl":
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
    d = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 21, 1, 0, 9, 200, 0, bytes(4), socket.inet_aton(to)) + b"x"
if kind == "ping":
    s, d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1), b"\x08\0\0\0\0\0\0\1x"
if kind == "probe": s, d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM), b""
import time
for i in range(2):  # as a stream of packets does
    try: s.sendto(d, flags, (to, 9))
    except OSError as e: print(e)
    time.sleep(0.4)
PY
  first=$(ip neigh show 10.0.0.2 | awk '{print $NF}')
  for _ in $(seq 100); do ip neigh show 10.0.0.2 nud delay | grep -q . || break; sleep 0.03; done
  [ "$first" = STALE ] && then="STALE, nothing was sent" || then=$(ip neigh show 10.0.0.2 nud all | awk '{print $NF}' | sed 's/FAILED/PROBE/')
  echo "$*: $then"
}
MSG_CONFIRM=0x800 MSG_PROBE=0x10
for kind in udp raw hdrincl ping; do
  for flags in 0 $MSG_CONFIRM; do
    try $kind $flags 10.0.0.2
  done
done
try udp $MSG_CONFIRM 10.7.0.1
try udp $((MSG_CONFIRM | MSG_PROBE)) 10.0.0.2
try probe $((MSG_CONFIRM | MSG_PROBE)) 10.0.0.2
try probe 0 10.0.0.2
