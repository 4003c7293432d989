# GRE's keys, checksums and sequence numbers: which tunnel takes what, and what is counted when it doesn't fit.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/tunnel_wire.sh"
p() { ping -c1 -W${w:-0.3} "$@" | sed '/^PING\|^rtt\|^$\|statistics/d; s/ time.*//'; }
both() { echo "## $1 / $2"
  ip link add t0 type gre local 10.0.0.1 remote 10.0.0.2 $1; ip link set t0 up; ip addr add 192.168.0.1/24 dev t0
  ip -n h link add t0 type gre local 10.0.0.2 remote 10.0.0.1 $2; ip -n h link set t0 up; ip -n h addr add 192.168.0.2/24 dev t0; }
ends() { ip -s -s link show t0 | tail -n +2; ip -n h -s -s link show t0 | tail -n +2; ip link del t0; ip -n h link del t0; }
tcpdump --immediate-mode -Uni eth0 -w wire.pcap "proto gre or icmp" >/dev/null 2>err & for _ in $(seq 100); do grep -qs listening err 2>/dev/null && break; sleep 0.05; done
both "" ""; p 192.168.0.2; ends
both "key 5" "key 5"; p 192.168.0.2; ends
both "key 5" "key 6"; p 192.168.0.2; p 192.168.0.2; ends
both "key 5" ""; p 192.168.0.2; ends
both "" "key 5"; p 192.168.0.2; ends
both "csum" "csum"; p 192.168.0.2; ends
both "csum" ""; p 192.168.0.2; ends
both "" "csum"; p 192.168.0.2; ends
both "seq" "seq"; p 192.168.0.2; p 192.168.0.2; ends
both "" "seq"; p 192.168.0.2; ends
both "seq" ""; p 192.168.0.2; ends
both "key 1 csum seq ttl 3 tos 4" "key 1 csum seq"; p -s 1436 192.168.0.2; p -s 1437 192.168.0.2; ip link show t0; ends
both "ikey 1 okey 2" "ikey 2 okey 1"; p 192.168.0.2; ends
both "icsum" "ocsum"; p 192.168.0.2; ends
both "ttl 1 nopmtudisc" ""
both "tos inherit ttl inherit nopmtudisc" ""; p -t 5 -Q 0x24 192.168.0.2; ends
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
