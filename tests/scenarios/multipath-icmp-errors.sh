# An ICMP error goes the way of the packet that it is about, where addresses decide: one that a router forwards, and one that it
# makes itself. By other policies forwarded ones go by their own header.
. "$(dirname "$0")/kit/begin.sh"
ip netns add r
for i in 0 1; do ip link add d$i address 02:00:00:00:01:0$i type veth peer name r$i netns r address 02:00:00:00:00:0$i; ip link set d$i up; ip -n r link set r$i up; ip -n r addr add 10.0.$i.1/24 dev r$i; ip -n r neigh add 10.0.$i.2 lladdr 02:00:00:00:01:0$i dev r$i; done
ip link add in address 02:00:00:00:02:01 type veth peer name r2 netns r address 02:00:00:00:02:02; ip link set in up; ip -n r link set r2 up; ip -n r addr add 10.0.2.1/24 dev r2; ip -n r neigh add 10.0.2.9 lladdr 02:00:00:00:02:01 dev r2
R() { ip netns exec r "$@"; }
R sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.icmp_ratelimit=0 net.ipv4.icmp_ratemask=0
for i in 0 1 2; do R sysctl -qw net.ipv4.conf.r$i.rp_filter=0; done
for p in 10.9.0.0/16 10.8.0.0/16; do ip -n r route add $p nexthop via 10.0.0.2 nexthop via 10.0.1.2; done
cat >p.py <<'P'
import struct, subprocess
from packets import ip as packet, sum16
from ways import summary, way
def ip(src, dst, proto, body, **k): return packet(body, proto, src, dst, **k)
def icmp(t, c, body): m = struct.pack("!BBHI", t, c, 0, 0) + body; return m[:2] + struct.pack("!H", sum16(m)) + m[4:]
def udp(s, d): return struct.pack("!HHHH", s, d, 12, 0) + b"data"
N = 60
def varies(what, f):
    print("  %s: %s" % (what, summary([f(i) for i in range(N)])))
def same(what, f, g): print("  %s: %s" % (what, "the same way" if all(f(i) == g(i) for i in range(N)) else "another way"))
A, B, R = "10.9.0.1", "10.8.0.1", "10.0.2.9"
a = lambda i: "10.9.7.%d" % (i + 1)
b = lambda i: "10.8.7.%d" % (i + 1)
err = lambda t, inner, **k: ip(R, A, 1, icmp(t, 0, inner), **k)
for policy in (0, 1, 2, 3):
    subprocess.run(["ip", "netns", "exec", "r", "sysctl", "-qw", "net.ipv4.fib_multipath_hash_policy=%d" % policy], check=True)
    print("policy", policy)
    for t in (3, 4, 5, 11, 12, 0, 8, 13): varies("type %d about packets of one host to many" % t, lambda i: way(err(t, ip(A, b(i), 17, udp(5, 7)))))
    same("type 3 and what it is about", lambda i: way(err(3, ip(A, b(i), 17, udp(5, 7)))), lambda i: way(ip(b(i), A, 17, udp(7, 5))))
    varies("type 3 about the ports of one flow", lambda i: way(err(3, ip(A, B, 17, udp(i + 1, 7)))))
    varies("type 3, a later fragment", lambda i: way(err(3, ip(A, b(i), 17, udp(5, 7)), frag=8)))
    varies("type 3 with half a header in it", lambda i: way(ip(R, A, 1, icmp(3, 0, ip(A, b(i), 17, b"")[:19]))))
    varies("type 3 with a header and nothing in it", lambda i: way(ip(R, A, 1, icmp(3, 0, ip(A, b(i), 17, b"")))))
    varies("time exceeded, of one host's packets to many", lambda i: way(ip(A, b(i), 17, udp(5, 7), ttl=1)))
    varies("time exceeded, of one host's ports", lambda i: way(ip(A, B, 17, udp(i + 1, 7), ttl=1)))
    same("time exceeded and a packet", lambda i: way(ip(A, b(i), 17, udp(5, 7), ttl=1)), lambda i: way(ip(b(i), A, 17, udp(7, 5))))
    varies("no such host, of many hosts to one", lambda i: way(ip(a(i), "10.7.0.1", 17, udp(5, 7))))
    varies("port unreachable, of one host's ports", lambda i: way(ip(A, "10.0.2.1", 17, udp(i + 1, 7))))
    varies("echo replies of one host", lambda i: way(ip(A, "10.0.2.1", 1, icmp(8, 0, bytes([i])))))
P
python3 p.py
