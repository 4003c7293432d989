# Raw sockets that write the header themselves, those that don't, protocols out of range, ICMP_FILTER, IP_NODEFRAG; what is
# filled in, what is refused, what goes on the wire.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >raw.py <<'P'
import errno, socket, struct
from netns import enter
from packets import icmp, ip, sum16
from tap import arrived, tap
enter("a")
def name(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
for proto in (-1, 0, 1, 2, 6, 17, 99, 255, 256, 257, 1000, 65536): print("socket, protocol", proto, name(lambda: socket.socket(2, 3, proto).getsockopt(1, 38) & 255))
seen = tap("b", "eth0"); enter("a")
def wire(own):
    return ["len %d header %s id %s sum %s" % (len(p), p[:4].hex() + ".." + p[6:10].hex() + ".." + p[12:20].hex(), "0" if p[4:6] == b"\0\0" else p[4:6].hex() if own and p[4:6] == b"\x12\x34" else "made", "right" if sum16(p[:(p[0] & 15) * 4]) == 0 else "wrong") for p in arrived(seen)]
r = socket.socket(2, 3, 255); print("IP_HDRINCL of IPPROTO_RAW", r.getsockopt(0, 3)); other = socket.socket(2, 3, 99); print("of another", other.getsockopt(0, 3))
def send(what, s, packet, to="10.0.0.2"): print("%-28s" % what, name(lambda: s.sendto(packet, (to, 0))), *wire(s.getsockopt(0, 3)), sep=" | ")
def head(**k):
    h = bytearray(ip(b"data", 99, **{i: v for i, v in k.items() if i in ("src", "dst", "ttl", "tos", "ident", "frag", "options", "total", "ihl", "version", "check")})); return bytes(h)
send("all filled in", r, head(ident=0x1234)); send("no id", r, head(ident=0)); send("no source", r, head(src="0.0.0.0", ident=0x1234)); send("somebody's source", r, head(src="9.9.9.9", ident=0x1234)); send("other destination inside", r, head(dst="10.0.0.77", ident=0x1234)); send("total length 0", r, head(total=0, ident=0x1234)); send("total length too large", r, head(total=9999, ident=0x1234)); send("sum wrong", r, head(check=5, ident=0x1234))
send("ihl 4", r, head(ihl=4, ident=0x1234)); send("ihl 15", r, head(ihl=15, ident=0x1234)); send("version 6", r, head(version=6, ident=0x1234)); send("19 bytes", r, head()[:19]); send("20 bytes", r, head(ident=0x1234)[:20]); send("nothing", r, b""); send("options", r, head(options=b"\1\1\1\0", ident=0x1234)); send("DF", r, head(frag=0x4000, ident=0x1234)); send("DF, no id", r, head(frag=0x4000, ident=0)); send("MF, offset", r, head(frag=0x2005, ident=0x1234)); send("ttl 0", r, head(ttl=0, ident=0x1234)); send("tos 0xff", r, head(tos=255, ident=0x1234))
send("1500 bytes", r, head(ident=0x1234) + b"x" * 1476); send("1501 bytes", r, head(ident=0x1234) + b"x" * 1477); send("65535 bytes", r, head(ident=0x1234) + b"x" * 65511); send("to all", r, head(ident=0x1234), "255.255.255.255"); r.setsockopt(1, 6, 1); send("to all, SO_BROADCAST", r, head(ident=0x1234), "255.255.255.255"); send("to nowhere", r, head(), "8.8.8.8"); send("to a group", r, head(dst="224.0.0.1", ident=0x1234), "224.0.0.1"); send("to 0.0.0.0", r, head(ident=0x1234), "0.0.0.0")
r.setsockopt(0, 3, 0); send("IPPROTO_RAW, no header", r, b"hello"); other.setsockopt(0, 3, 1); send("99 with header", other, head(ident=0x1234)); other.setsockopt(0, 3, 0); other.setsockopt(0, 2, 7); other.setsockopt(0, 1, 0x48); send("99 with ttl and tos", other, b"hello"); send("99, 3000 bytes", other, b"x" * 3000); send("99, 65600 bytes", other, b"x" * 65600); send("99, empty", other, b"")
for o, values in ((1, (0, 255, 256, -1)), (2, (0, 1, 255, 256, -1)), (3, (0, 1, 2)), (22, (0, 1, 2)), (21, (0, 1, 255, 256)), (10, (0, 5, 6))):
    for kind in (3, 2):
        for v in values: s = socket.socket(2, kind, 99 if kind == 3 else 0); print("type %d option %d value %d:" % (kind, o, v), name(lambda: s.setsockopt(0, o, v)), name(lambda: s.getsockopt(0, o)))
print("# ICMP_FILTER")
f = socket.socket(2, 3, 1); f.setblocking(False); print(name(lambda: f.getsockopt(255, 1, 4)), name(lambda: other.getsockopt(255, 1, 4)), name(lambda: f.setsockopt(255, 1, b"\0\0")), name(lambda: f.setsockopt(255, 1, b"\1\0\0\0\0")), name(lambda: f.getsockopt(255, 1, 2)), name(lambda: f.getsockopt(255, 2, 4)), name(lambda: f.setsockopt(255, 2, b"\0\0\0\0")), name(lambda: f.getsockopt(255, 1, 8)))
enter("b"); out = socket.socket(2, 3, 1); enter("a")
g = socket.socket(2, 3, 257); g.setblocking(False)
def kinds():
    for t in (0, 3, 8, 13, 31, 32, 40): out.sendto(icmp(t, 0, b"\0\0\0\0", b"\0" * 28), ("10.0.0.1", 0))
    import time; time.sleep(0.05); got = []
    while True:
        try: p = f.recv(1000); got.append(p[20])
        except BlockingIOError: return got
for mask in (0, 1, 1 << 8, 0xffffffff, ~(1 << 8) & 0xffffffff, 1 << 31): f.setsockopt(255, 1, struct.pack("I", mask)); print("%08x" % mask, sorted(kinds()))
print("protocol 257 hears", name(lambda: g.recv(100)))
P
python3 raw.py
