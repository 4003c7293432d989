# Which way packets in tunnels are forwarded, by each policy: what is outside, what is inside, fragments, options, other protocols.
. "$(dirname "$0")/kit/begin.sh"
ip netns add r
for i in 0 1; do ip link add d$i address 02:00:00:00:01:0$i type veth peer name r$i netns r address 02:00:00:00:00:0$i; ip link set d$i up; ip -n r link set r$i up; ip -n r addr add 10.0.$i.1/24 dev r$i; ip -n r neigh add 10.0.$i.2 lladdr 02:00:00:00:01:0$i dev r$i; done
ip link add in address 02:00:00:00:02:01 type veth peer name r2 netns r address 02:00:00:00:02:02; ip link set in up; ip -n r link set r2 up; ip -n r addr add 10.0.2.1/24 dev r2
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0; for i in 0 1 2; do ip netns exec r sysctl -qw net.ipv4.conf.r$i.rp_filter=0; done
ip -n r route add 10.8.0.0/15 nexthop via 10.0.0.2 nexthop via 10.0.1.2
cat >p.py <<'P'
import struct, subprocess
from packets import ip as packet
from ways import summary, way
def ip(src, dst, proto, body, frag=0, opt=b"", tos=0): return packet(body, proto, src, dst, frag=frag, options=opt, tos=tos)
def udp(s, d): return struct.pack("!HHHH", s, d, 12, 0) + b"data"
def ip6(i, j, nxt, body, label=0): return struct.pack("!IHBB", 6 << 28 | label, len(body), nxt, 64) + bytes(14) + struct.pack("!H", i) + bytes(14) + struct.pack("!H", j) + body
N = 40
def varies(what, f):
    print("  %s: %s" % (what, summary([f(i + 1) for i in range(N)])))
A, B = "10.9.0.1", "10.8.0.1"
x = lambda i: "172.16.3.%d" % i
gre = lambda body, proto=0x800, head=b"": struct.pack("!HH", {0: 0, 4: 0x2000, 8: 0x3000}[len(head)], proto) + head + body
cases = [
    ("udp ports", lambda i: ip(A, B, 17, udp(i, 7))), ("tcp ports", lambda i: ip(A, B, 6, udp(i, 7) + bytes(8))), ("udp-lite ports", lambda i: ip(A, B, 136, udp(i, 7))), ("sctp ports", lambda i: ip(A, B, 132, udp(i, 7))), ("dccp ports", lambda i: ip(A, B, 33, udp(i, 7) + bytes(8))),
    ("esp index", lambda i: ip(A, B, 50, struct.pack("!II", i, 1))), ("ah index", lambda i: ip(A, B, 51, struct.pack("!BBHII", 59, 4, 0, i, 1) + bytes(12))), ("icmp identifier", lambda i: ip(A, B, 1, struct.pack("!BBHHH", 8, 0, 0, i, 1))), ("protocol 99 bytes", lambda i: ip(A, B, 99, udp(i, 7))), ("protocol", lambda i: ip(A, B, 100 + i, b"")),
    ("first fragment's ports", lambda i: ip(A, B, 17, udp(i, 7), frag=0x2000)), ("later fragment's bytes", lambda i: ip(A, B, 17, udp(i, 7), frag=5)), ("ports behind options", lambda i: ip(A, B, 17, udp(i, 7), opt=bytes([1, 1, 1, 0]))), ("tos", lambda i: ip(A, B, 17, udp(3, 7), tos=4 * i)), ("outer source", lambda i: ip("10.8.3.%d" % i, B, 17, udp(3, 7))),
    ("ipip: inner source", lambda i: ip(A, B, 4, ip(x(i), "172.16.0.1", 17, udp(5, 7)))), ("ipip: inner ports", lambda i: ip(A, B, 4, ip(x(1), "172.16.0.1", 17, udp(i, 7)))), ("ipip: inner protocol", lambda i: ip(A, B, 4, ip(x(1), "172.16.0.1", 140 + i, b"data"))), ("ipip: inner fragments' bytes", lambda i: ip(A, B, 4, ip(x(1), "172.16.0.1", 17, udp(i, 7), frag=5))), ("ipip twice: innermost source", lambda i: ip(A, B, 4, ip(x(1), "172.16.0.1", 4, ip(x(i), "10.1.1.1", 17, udp(3, 7))))), ("ipip: outer source", lambda i: ip("10.8.3.%d" % i, B, 4, ip(x(1), "172.16.0.1", 17, udp(5, 7)))),
    ("gre: inner source", lambda i: ip(A, B, 47, gre(ip(x(i), "172.16.0.1", 17, udp(5, 7))))), ("gre: inner ports", lambda i: ip(A, B, 47, gre(ip(x(1), "172.16.0.1", 17, udp(i, 7))))), ("gre: key", lambda i: ip(A, B, 47, gre(ip(x(1), "172.16.0.1", 17, udp(5, 7)), head=struct.pack("!I", i)))), ("gre with key and sequence: inner source", lambda i: ip(A, B, 47, gre(ip(x(i), "172.16.0.1", 17, udp(5, 7)), head=bytes(8)))), ("gre: inner frame's source", lambda i: ip(A, B, 47, gre(bytes(12) + b"\x08\0" + ip(x(i), "172.16.0.1", 17, udp(5, 7)), 0x6558))), ("gre: another protocol's bytes", lambda i: ip(A, B, 47, gre(udp(i, 7) + bytes(30), 0x9999))),
    ("6in4: inner source", lambda i: ip(A, B, 41, ip6(i, 1, 17, udp(5, 7)))), ("6in4: inner flow label", lambda i: ip(A, B, 41, ip6(1, 1, 17, udp(5, 7), i))), ("6in4: inner ports", lambda i: ip(A, B, 41, ip6(1, 1, 17, udp(i, 7)))), ("ipip cut short", lambda i: ip(A, B, 4, ip(x(i), "172.16.0.1", 17, udp(5, 7))[:12])),
]
def policy(p, fields=None):
    subprocess.run(["ip", "netns", "exec", "r", "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=%d" % p] + (["net.ipv4.fib_multipath_hash_fields=%d" % fields] if fields else []), check=True)
    print("policy", p, "" if fields is None else "fields %#x" % fields)
    for what, f in cases: varies(what, lambda i: way(f(i)))
for p in (0, 1, 2): policy(p)
for f in (0x37, 0x7, 0x30, 0x8, 0x1c0, 0x200, 0xc00, 0xdf7): policy(3, f)
P
python3 p.py
