# Source routes, loose and strict: refused by default, gone and gone back when accepted, and where they cannot lead on.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_routers.sh"
H() { ip netns exec h1 "$@"; }
cat >srr.py <<'P'
import socket, struct, sys
kind, dest, hops = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); s.settimeout(0.3)
o = bytes([kind, 3 + 4 * len(hops), 4]) + b"".join(socket.inet_aton(h) for h in hops)
try:
    s.setsockopt(socket.IPPROTO_IP, 4, o)
    s.sendto(struct.pack("!BBHHH", 8, 0, 0xf7f7, 7, 1), (dest, 0))
    while True:
        d, a = s.recvfrom(2000); l = (d[0] & 15) * 4
        if d[l] != 8: break
    print("  ", a[0], "type", d[l], "code", d[l + 1], "pointer", d[l + 4], "options", d[20:l].hex(" "))
except OSError as e: print("  ", e)
P
t() { echo "# $*"; H python3 srr.py "$@"; }
t 131 10.0.2.2 10.0.1.1
for n in h1 r1 r2 h2; do for d in all eth0 eth1 eth2; do ip netns exec $n sysctl -qw net.ipv4.conf.$d.accept_source_route=1 2>/dev/null; done; done; echo "# accepted"
t 131 10.0.2.2 10.0.1.1
t 131 10.0.2.2 10.0.1.1 10.0.12.2
t 131 10.0.2.2 10.0.12.2
t 137 10.0.2.2 10.0.1.1 10.0.12.2
t 137 10.0.2.2 10.0.1.1
t 137 10.0.2.2 10.0.12.2
t 131 10.0.2.2 10.0.1.1 10.9.9.9
t 131 10.0.1.1 10.0.1.1 10.0.12.1
t 131 10.0.2.2 10.0.1.1 10.0.2.1 10.0.2.2
ip netns exec r1 sysctl -qw net.ipv4.conf.eth1.accept_source_route=0; t 131 10.0.2.2 10.0.1.1
for n in h1 r1 r2 h2; do echo "# $n"; ip netns exec $n nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets/ && $2 > 0 {print $1, $2}'; done
