# Which parts of a packet decide its next hop, for each hash policy: addresses, protocol, ports; of forwarded packets
# and of this host's own. The hash itself is the kernel's secret, so what is shown is whether the choice varies at all,
# whether both directions of a flow agree, and whether the shares are about those of the weights.
exec 2>&1
ip link set lo up
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.1.2 dev d1
ip nexthop add id 10 group 1/2,3
ip nexthop add id 11 group 1/2,3 type resilient buckets 1024
for p in 10.9.0.0/16 10.8.0.0/16; do ip route add $p nexthop via 10.0.0.2 nexthop via 10.0.1.2 weight 3; done
ip route add 10.6.0.0/16 nhid 10
ip route add 10.5.0.0/16 nhid 11
cat >/tmp/multipath-hash.$$.py <<'PY'
import socket, struct
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
d2, d3 = socket.if_nametoindex("d2"), socket.if_nametoindex("d3")
def attr(t, d): return struct.pack("HH", 4 + len(d), t) + d + b"\0" * (-len(d) % 4)
def get(dst, src=None, iif=None, proto=None, sport=None, dport=None, mark=None, tos=0):
    b = attr(1, socket.inet_aton(dst))
    if src: b += attr(2, socket.inet_aton(src))
    if iif: b += attr(3, struct.pack("I", iif))
    if mark: b += attr(16, struct.pack("I", mark))
    if proto is not None: b += attr(27, struct.pack("B", proto))
    if sport is not None: b += attr(28, struct.pack("!H", sport))
    if dport is not None: b += attr(29, struct.pack("!H", dport))
    m = struct.pack("BBBBBBBBI", 2, 32, 32 if src else 0, tos, 0, 0, 0, 0, 0) + b
    s.send(struct.pack("IHHII", 16 + len(m), 26, 1, 1, 0) + m)
    r = s.recv(65536)
    if struct.unpack("H", r[4:6])[0] == 2: return struct.unpack("i", r[16:20])[0]
    tlv = r[28:]
    while len(tlv) >= 4:
        l, k = struct.unpack("HH", tlv[:4])
        if k == 5: return socket.inet_ntoa(tlv[4:l])
        tlv = tlv[(l + 3) & ~3:]
N = 400
def dist(f):
    c = {}
    for i in range(1, N + 1): c[f(i)] = c.get(f(i), 0) + 1
    return c
def varies(what, f):
    c = dist(f)
    if len(c) == 1: print(" ", what, "does not matter")
    else: print(" ", what, "decides, weights", "kept" if 0.6 * N < c["10.0.1.2"] < 0.9 * N else "not kept: %s" % c)
def same(what, f, g):
    d = sum(f(i) != g(i) for i in range(1, N + 1))
    print(" ", what, "same way" if not d else "another way")
def setting(n, v): open("/proc/sys/net/ipv4/fib_multipath_hash_" + n, "w").write(str(v))
A, B = "10.9.0.1", "10.8.0.1"
def ip(p, i): return "%s.%d.%d" % (p, i >> 8, i & 255)
def questions():
    for name, pr in (("udp", 17), ("tcp", 6)):
        varies("%s: a forwarded packet's source port" % name, lambda i: get(A, B, d2, pr, i, 80))
        varies("%s: its destination port" % name, lambda i: get(A, B, d2, pr, 80, i))
        same("%s: ports exchanged" % name, lambda i: get(A, B, d2, pr, i + 100, 80), lambda i: get(A, B, d2, pr, 80, i + 100))
        same("%s: the answer" % name, lambda i: get(A, B, d2, pr, i + 100, 80), lambda i: get(B, A, d2, pr, 80, i + 100))
        varies("%s: this host's source port" % name, lambda i: get(A, "10.0.2.1", None, pr, i, 80))
        varies("%s: the same without an address" % name, lambda i: get(A, None, None, pr, i, 80))
    varies("a forwarded packet's destination", lambda i: get(ip("10.9", i), B, d2))
    varies("its source", lambda i: get(A, ip("10.8", i), d2))
    varies("this host's destination", lambda i: get(ip("10.9", i), "10.0.2.1"))
    varies("a ping's destination", lambda i: get(ip("10.9", i), B, d2, 1))
    same("tcp and udp", lambda i: get(ip("10.9", i), B, d2, 17, 5, 80), lambda i: get(ip("10.9", i), B, d2, 6, 5, 80))
    same("by another device", lambda i: get(ip("10.9", i), B, d2), lambda i: get(ip("10.9", i), B, d3))
    same("with a mark and TOS", lambda i: get(ip("10.9", i), B, d2), lambda i: get(ip("10.9", i), B, d2, mark=3, tos=8))
    same("again", lambda i: get(ip("10.9", i), B, d2), lambda i: get(ip("10.9", i), B, d2))
    varies("a group: destination", lambda i: get(ip("10.6", i), B, d2))
    varies("a resilient group: destination", lambda i: get(ip("10.5", i), B, d2))
    same("a group", lambda i: get(ip("10.6", i), B, d2), lambda i: get(ip("10.6", i), B, d2))
for p in range(4):
    setting("policy", p)
    print("policy", p)
    questions()
for f in (1, 2, 3, 4, 16, 32, 48, 55, 64):
    setting("fields", f)
    print("policy 3, fields", f)
    varies("source", lambda i: get(A, ip("10.8", i), d2, 17, 5, 6))
    varies("destination", lambda i: get(ip("10.9", i), B, d2, 17, 5, 6))
    varies("source port", lambda i: get(A, B, d2, 17, i, 6))
    varies("destination port", lambda i: get(A, B, d2, 17, 6, i))
    same("ports exchanged", lambda i: get(A, B, d2, 17, i + 100, 80), lambda i: get(A, B, d2, 17, 80, i + 100))
PY
python3 /tmp/multipath-hash.$$.py
rm /tmp/multipath-hash.$$.py
