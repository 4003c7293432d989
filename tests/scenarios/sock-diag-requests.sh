# Requests of NETLINK_SOCK_DIAG, right and wrong, byte by byte: lengths, families, protocols, the old form, one socket by
# its ends, cookies, which attributes come in what order.
exec 2>&1
ip link set lo up
cat >diag.py <<'P'
import errno, os, socket, struct
NL = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
NOCOOKIE = 0xffffffff
def addr(a): return socket.inet_aton(a) + bytes(12)
def attr(kind, data): return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
def ident(src="0.0.0.0", sport=0, dst="0.0.0.0", dport=0, dev=0, cookie=(NOCOOKIE, NOCOOKIE)):
    return struct.pack("!HH", sport, dport) + addr(src) + addr(dst) + struct.pack("III", dev, *cookie)
def v2(protocol=6, states=0xfff, ext=0, family=2, pad=0, **id):
    return struct.pack("BBBBI", family, protocol, ext, pad, states) + ident(**id)
def v1(family=2, states=0xfff, ext=0, **id):
    return struct.pack("BBBB", family, 0, 0, ext) + ident(**id) + struct.pack("II", states, 0)
def talk(body, kind=20, flags=0x300, seq=7):
    """The answers: lists of (type, flags, body), the last one a done or an error."""
    NL.send(struct.pack("IHHII", 16 + len(body), kind, 1 | flags, seq, 0) + body)
    out = []
    while True:
        data, at = NL.recv(65536), 0
        while at < len(data):
            length, kind_, fl, seq_, pid = struct.unpack_from("IHHII", data, at)
            body_ = data[at + 16:at + length]
            at += length + 3 & ~3
            if kind_ in (2, 3):
                code = struct.unpack_from("i", body_)[0]
                return out, ("done " if kind_ == 3 else "ack ") + (errno.errorcode.get(-code, "0"))
            out.append((kind_, fl, body_))
            if not flags & 0x300: return out, "one"
def attrs(data):
    found, at = [], 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, at)
        found.append((kind, data[at + 4:at + length]))
        at += length + 3 & ~3
    return [a for a in found if a[0] != 14]  # padding, which some machines need
def show(msg, sized=True):
    kind, flags, b = msg
    family, state, timer, retrans = struct.unpack_from("4B", b)
    sport, dport = struct.unpack_from("!HH", b, 4)
    src, dst = socket.inet_ntoa(b[8:12]), socket.inet_ntoa(b[24:28])
    dev, c0, c1, expires, rq, wq, uid, ino = struct.unpack_from("8I", b, 40)
    names = []
    for k, d in attrs(b[72:]):
        if k in (8, 5, 15, 11, 17, 22): names.append("%d=%s" % (k, d.hex()))
        elif k == 4: names.append("4=" + d.decode().strip("\0"))
        else: names.append("%d" % k)
    print("  ", kind, flags, family, state, timer, retrans, src, sport, dst, dport, "dev", dev, "cookie", bool(c0), c1, rq if rq < 100 else "many", wq, uid,
          bool(ino), " ".join(names))
    return c0, c1
def ask(text, body, **how):
    answers, end = talk(body, **how)
    print(text + ":", end)
    for a in sorted(answers, key=lambda a: (a[2][1], a[2][4:8])): show(a)
    return answers
P
cat >q.py <<'P'
exec(open("diag.py").read())
def tcp(port):
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind(("127.0.0.1", port))
    return s
listener = tcp(5000); listener.listen(3)
c = tcp(6001); c.connect(("127.0.0.1", 5000)); a, _ = listener.accept()
t = tcp(6002); t.connect(("127.0.0.1", 5000)); b, _ = listener.accept(); t.close(); b.close()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 5000))
k = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); k.bind(("127.0.0.1", 6000)); k.connect(("127.0.0.1", 5000))
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
lite = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136); lite.bind(("127.0.0.1", 5004))
print("- what a message may be")
for n in (0, 1, 2, 3, 8, 55, 56): ask("length %d" % n, v2()[:n])
for n in (2, 8, 55, 56): ask("length %d, no dump" % n, v2(dst="127.0.0.1", dport=6001, src="127.0.0.1", sport=5000)[:n], flags=0)
for kind in (16, 17, 22, 100): ask("type %d" % kind, v2(), kind=kind)
for family in (0, 1, 3, 17, 45, 46, 255): ask("family %d" % family, v2(family=family), flags=0)
for family in (0, 1, 3, 45, 46, 255): ask("family %d, dump" % family, v2(family=family))
for flags in (0x100, 0x200): ask("flags %x" % flags, v2(states=1 << 10), flags=flags)
print("- protocols")
for p in (0, 1, 33, 132, 200): ask("protocol %d" % p, v2(p))
for p in (0, 1, 33, 132, 255): ask("protocol %d, one" % p, v2(p), flags=0)
for d in (b"\6\0\0\0", b"\6", b"\6\0\0\0\0\0\0\0", struct.pack("I", 262), struct.pack("I", 263), b"\xff\xff\xff\xff"):
    ask("protocol attribute " + d.hex(), v2(17, states=1 << 10) + attr(3, d))
ask("two protocol attributes", v2(17, states=1 << 10) + attr(3, struct.pack("I", 17)) + attr(3, struct.pack("I", 6)))
ask("attributes unknown", v2(6, states=1 << 10) + attr(9, b"x") + attr(4, b""))
ask("bytes behind", v2(6, states=1 << 10) + b"xyz")
for p in (17, 136, 255): ask("all of %d" % p, v2(p))
print("- states and ports")
for st in (0, 1 << 1, 1 << 6, 1 << 7, 1 << 10, 0x402): ask("states %x" % st, v2(states=st))
for st in (0, 1 << 1, 1 << 7): ask("udp, states %x" % st, v2(17, states=st))
ask("sport 5000", v2(sport=5000)); ask("dport 6001", v2(dport=6001)); ask("addresses mean nothing", v2(src="9.9.9.9", states=1 << 10))
ask("IPv6", v2(family=10)); ask("IPv6, one", v2(family=10), flags=0)
print("- extensions")
for ext in range(8): ask("ext %d" % (1 << ext), v2(states=1 << 1, sport=6001, ext=1 << ext))
ask("ext 255", v2(states=1 << 1, sport=6001, ext=255)); ask("ext 255 of a listener", v2(states=1 << 10, ext=255))
ask("ext 255 of what is left", v2(states=1 << 6, ext=255)); ask("ext 255 of UDP", v2(17, sport=6000, ext=255))
ask("ext 255 of raw", v2(255, ext=255))
print("- one")
ends = dict(dst="127.0.0.1", dport=5000, src="127.0.0.1", sport=6001)
cookie = show(ask("by its ends", v2(**ends), flags=0)[0])
ask("with cookie", v2(cookie=cookie, **ends), flags=0)
ask("wrong cookie", v2(cookie=(cookie[0] + 1, 0), **ends), flags=0)
ask("half a cookie", v2(cookie=(NOCOOKIE, 0), **ends), flags=0)
ask("the wrong way round", v2(src="127.0.0.1", sport=5000, dst="127.0.0.1", dport=6009), flags=0)
ask("a listener", v2(src="127.0.0.1", sport=5000), flags=0)
ask("nobody", v2(src="127.0.0.1", sport=5009), flags=0)
ask("a device", v2(dev=1, **ends), flags=0)
ask("what is left", v2(src="127.0.0.1", sport=6002, dst="127.0.0.1", dport=5000), flags=0)
ask("states don't count", v2(states=0, **ends), flags=0)
ask("UDP", v2(17, src="127.0.0.1", sport=6000, dst="127.0.0.1", dport=5000), flags=0)
ask("UDP, the other way", v2(17, src="127.0.0.1", sport=5000, dst="127.0.0.1", dport=6000), flags=0)
ask("UDP, wrong cookie", v2(17, src="127.0.0.1", sport=6000, dst="127.0.0.1", dport=5000, cookie=(0, 0)), flags=0)
ask("UDP-Lite", v2(136, dst="127.0.0.1", dport=5004), flags=0)
ask("raw", v2(255, pad=89), flags=0); ask("raw, none", v2(255, pad=90), flags=0); ask("raw, wrong cookie", v2(255, pad=89, cookie=(0, 0)), flags=0)
print("- the old form")
ask("dump", v1(states=1 << 10), kind=18); ask("dump of any family", v1(family=99, states=1 << 10), kind=18)
ask("one", v1(**ends), kind=18, flags=0); ask("one of any family", v1(family=0, **ends), kind=18, flags=0)
ask("short", v1()[:59], kind=18)
print("- other families")
ask("netlink, one", struct.pack("BBHIIII", 16, 0, 0, 0, 0, 0, 0), flags=0); ask("netlink, short", struct.pack("BBHIII", 16, 0, 0, 0, 0, 0))
ask("packet, one", struct.pack("BBHIIII", 17, 0, 0, 0, 0, 0, 0), flags=0); ask("packet, short", struct.pack("BBHIII", 17, 0, 0, 0, 0, 0))
ask("packet, protocol", struct.pack("BBHIIII", 17, 3, 0, 0, 0, 0, 0))
ask("unix, short", struct.pack("BBHIIII", 1, 0, 0, 0, 0, 0, 0)); ask("unix, one", struct.pack("BBHIIIII", 1, 0, 0, 0xfff, 1 << 30, 0, 0, 0), flags=0)
ask("unix, none", struct.pack("BBHIIIII", 1, 0, 0, 0xfff, 0, 0, 0, 0), flags=0)
P
python3 q.py
