# Unsolicited replies and locktime: a reply for an entry younger than locktime doesn't replace its address.
exec 2>&1
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n b link set v1 up
for _ in $(seq 100); do ip -br link show v0 | grep -q ' UP ' && break; sleep 0.02; done
cat >/tmp/arp-unsolicited.$$.py <<'PY'
import socket, sys
op, sha, to = int(sys.argv[1]), bytes.fromhex(sys.argv[2]), sys.argv[3]
us = bytes.fromhex("020000000001")
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("v1", 0))
tip = "10.0.0.1" if op == 2 else "10.0.0.77"
s.send((us if to == "us" else b"\xff" * 6) + sha + b"\x08\x06\0\1\x08\0\6\4\0" + bytes([op]) + sha +
       socket.inet_aton("10.0.0.2") + us + socket.inet_aton(tip))
PY
arp() { ip netns exec b python3 /tmp/arp-unsolicited.$$.py "$@"; sleep 0.1; ip neigh show nud all; }
B=02000000000b
for lock in 100000 0; do
  sysctl -w net.ipv4.neigh.v0.locktime=$lock
  for state in reachable stale; do
    for how in "2 $B us" "2 $B all" "1 $B all" "1 $B us"; do
      ip neigh del 10.0.0.2 dev v0 2>/dev/null
      ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:0a nud $state dev v0
      echo "$state, $how:"
      arp $how
    done
  done
done
ip neigh del 10.0.0.2 dev v0
echo "unknown:"
arp 2 $B us
ip neigh replace 10.0.0.2 nud failed dev v0
echo "failed:"
arp 2 $B us
echo "incomplete:"
ip neigh del 10.0.0.2 dev v0
sysctl -qw net.ipv4.neigh.v0.mcast_solicit=100
ip neigh replace 10.0.0.2 use nud none dev v0
arp 2 $B us
rm -f /tmp/arp-unsolicited.$$.py
