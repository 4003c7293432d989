# UDP checksums: none, right, wrong, of zero, of fragments; SO_NO_CHECK; UDP-Lite's coverage on both sides; counters.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
for n in a b; do ip netns exec $n ethtool -K e0 tx off >/dev/null; done
cat >p.py <<'P'
import socket, struct, time
from calls import t
from netns import enter
from packets import sum16
def addr(a): return socket.inet_aton(a)
def packet(data, check=None, proto=17, length=None, cov=None):
    n = 8 + len(data); h = struct.pack("!HHHH", 6000, 5000, n if length is None else length, 0); c = sum16(addr("10.0.0.1") + addr("10.0.0.2") + struct.pack("!HH", proto, n) + (h + data)[:cov])
    return h[:6] + struct.pack("!H", c if check is None else check(c)) + data
def counts():
    l = open("/proc/net/snmp").read().split("\n"); return {a + n: int(v) for i in range(0, len(l) - 1, 2) for a, n, v in zip([l[i].split(":")[0]] * 99, l[i].split()[1:], l[i + 1].split()[1:]) if a.startswith("Udp")}
enter("b"); socks = {17: socket.socket(2, 2), 136: socket.socket(2, 2, 136)}; base = {}
for s in socks.values(): s.bind(("10.0.0.2", 5000)); s.settimeout(0.15)
enter("a"); raw = {p: socket.socket(2, 3, p) for p in (17, 136)}
def try_(what, p, proto=17):
    enter("b"); before = counts(); raw[proto].sendto(p, ("10.0.0.2", 0)) if p is not None else None
    try: r = len(socks[proto].recv(9999))
    except TimeoutError: r = "nothing"
    after = counts(); print("%-30s" % what, r, " ".join("%s+%d" % (k, after[k] - before[k]) for k in after if after[k] != before[k])); enter("a")
for n in (0, 1, 2, 99, 1473, 4000): d = bytes(i % 251 for i in range(n)); try_("%d right" % n, packet(d)); try_("%d wrong" % n, packet(d, lambda c: c ^ 1)); try_("%d none" % n, packet(d, lambda c: 0))
z = next(struct.pack("!H", v) for v in range(65536) if packet(struct.pack("!H", v))[6:8] == b"\0\0"); try_("0xffff for zero", packet(z, lambda c: 0xffff)); try_("zero itself", packet(z))
for l in (0, 7, 8, 9, 12, 13, 65535): try_("length %d of 12" % l, packet(b"data", lambda c: 0, length=l))
try_("7 bytes", packet(b"")[:7])
print("# UDP-Lite")
for cov in (0, 8, 10, 12): try_("coverage %d" % cov, packet(b"data", proto=136, length=cov, cov=cov or None), 136)
for cov in (1, 7, 13, 100): try_("coverage %d" % cov, packet(b"data", proto=136, length=cov), 136)
try_("outside the coverage", packet(b"data", proto=136, length=8, cov=8)[:-1] + b"x", 136); try_("inside", packet(b"data", proto=136, length=10, cov=10)[:8] + b"xata", 136); try_("none", packet(b"data", lambda c: 0, proto=136, length=8), 136)
for least in (0, 7, 8, 10, 12, 13, 65535, 65536, -1):
    print("least", least, t(socks[136].setsockopt, 136, 11, least), socks[136].getsockopt(136, 11))
    for cov in (8, 10, 0): try_("   coverage %d" % cov, packet(b"data", proto=136, length=cov, cov=cov or None), 136)
print("# sent"); enter("b"); seen = socket.socket(17, 2, socket.htons(0x800)); seen.bind(("e0", 0x800)); seen.setblocking(False); enter("a")
def wire():
    time.sleep(0.02)
    while True:
        r = t(seen.recvfrom, 2000)
        if isinstance(r, str): return "none"
        if r[1][2] != 4: p = r[0][20:]; return "length %d, sum %s" % (struct.unpack("!H", p[4:6])[0], "none" if p[6:8] == b"\0\0" else "there")
o = socket.socket(2, 2); o.connect(("10.0.0.2", 5000)); o.send(b"data"); print(wire()); print(t(o.setsockopt, 1, 11, 1), o.getsockopt(1, 11)); o.send(b"data"); print(wire())
l = socket.socket(2, 2, 136); l.connect(("10.0.0.2", 5000))
for cov in (None, 0, 7, 8, 10, 12, 13, 100): print("coverage", cov, t(l.setsockopt, 136, 10, cov) if cov is not None else "", l.getsockopt(136, 10), t(l.send, b"data"), wire())
P
python3 p.py
