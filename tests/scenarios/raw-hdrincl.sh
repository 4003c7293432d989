# Raw sockets that write the header themselves, those that don't, protocols out of range, ICMP_FILTER, IP_NODEFRAG; what is
# filled in, what is refused, what goes on the wire.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns a address 02:00:00:00:00:0a type veth peer name eth0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 brd + dev eth0; ip -n a link set eth0 up; ip -n b link set eth0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev eth0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev eth0; sleep 0.3
cat >kit.py <<'P'
import ctypes, errno, select, socket, struct
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def sum16(b):
    b += b"\0" * (len(b) % 2); s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def addr(a): return socket.inet_aton(a)
def ip(body, proto=1, src="10.0.0.1", dst="10.0.0.2", ttl=64, tos=0, ident=1, frag=0, options=b"", total=None, ihl=None, version=4, check=None):
    hl = 5 + len(options) // 4
    h = struct.pack("!BBHHHBBH4s4s", version << 4 | (hl if ihl is None else ihl), tos, 4 * hl + len(body) if total is None else total, ident, frag, ttl, proto, 0, addr(src), addr(dst)) + options
    return h[:10] + struct.pack("!H", sum16(h) if check is None else check) + h[12:] + body
def icmp(kind, code=0, rest=b"\0\0\0\0", data=b"", check=None):
    m = struct.pack("!BBH", kind, code, 0) + rest + data
    return m[:2] + struct.pack("!H", sum16(m) if check is None else check) + m[4:]
def udp(sport, dport, data=b"", length=None, src="10.0.0.1", dst="10.0.0.2"):
    u = struct.pack("!HHHH", sport, dport, 8 + len(data) if length is None else length, 0) + data
    s = sum16(addr(src) + addr(dst) + struct.pack("!HH", 17, len(u)) + u)
    return u[:6] + struct.pack("!H", s or 0xffff) + u[8:]
enter("a"); wire = socket.socket(17, 3, socket.htons(0x800)); wire.bind(("eth0", 0x800)); wire.setblocking(False)
def frame(packet, mac="02000000000b"): wire.send(bytes.fromhex(mac + "02000000000a0800") + packet)
def heard(wait=0.02):
    got = []
    while select.select([wire], [], [], wait)[0]:
        data, where = wire.recvfrom(70000)
        if where[2] != 4: got.append(data[14:])
    return got
enter("b")
def count(prefix=("Ip", "Icmp", "Udp", "TcpExt")):
    all = {}
    for f in ("snmp", "netstat"):
        lines = [l.split() for l in open("/proc/net/" + f)]
        for names, values in zip(lines[::2], lines[1::2]):
            if names[0][:-1] in ("Ip", "Icmp", "IcmpMsg", "Udp", "TcpExt", "IpExt"): all.update({names[0][:-1] + n: int(v) for n, v in zip(names[1:], values[1:]) if "Octets" not in n})
    return all
def changes(before, but=("IpInReceives", "IpExtInNoECTPkts")):
    after = count(); return " ".join("%s+%d" % (k, v - before.get(k, 0)) for k, v in after.items() if v != before.get(k, 0) and k not in but)
def set(name, value):
    with open("/proc/sys/net/ipv4/" + name, "w") as f: f.write(str(value))
def show(p):
    h = (p[0] & 15) * 4; body = p[h:]
    text = "%s>%s" % (socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20])) + (" tos %#x" % p[1] if p[1] else "") + (" DF" if p[6] & 0x40 else "")
    if p[9] != 1: return text + " proto %d, %d bytes" % (p[9], len(p))
    return text + " icmp %d/%d %s, %d bytes, sum %s" % (body[0], body[1], body[4:8].hex(), len(p), "right" if sum16(body) == 0 else "wrong")
P
cat >raw.py <<'P'
from kit import *
enter("a")
def name(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
for proto in (-1, 0, 1, 2, 6, 17, 99, 255, 256, 257, 1000, 65536): print("socket, protocol", proto, name(lambda: socket.socket(2, 3, proto).getsockopt(1, 38) & 255))
enter("b"); seen = socket.socket(17, 3, socket.htons(0x800)); seen.bind(("eth0", 0x800)); seen.setblocking(False); enter("a")
def wire(own):
    out = []
    while select.select([seen], [], [], 0.02)[0]:
        p, where = seen.recvfrom(70000); p = p[14:]
        if where[2] != 4: out.append("len %d header %s id %s sum %s" % (len(p), p[:4].hex() + ".." + p[6:10].hex() + ".." + p[12:20].hex(), "0" if p[4:6] == b"\0\0" else p[4:6].hex() if own and p[4:6] == b"\x12\x34" else "made", "right" if sum16(p[:(p[0] & 15) * 4]) == 0 else "wrong"))
    return out
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
PYTHONDONTWRITEBYTECODE=1 python3 raw.py
