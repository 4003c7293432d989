# Fragments that a careful sender doesn't send: overlapping, repeated, running over, too short, too long, out of order,
# with other TOS, ECN, DF, protocols and identifiers; what becomes of each queue and which counter says so.
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
cat >frag.py <<'P'
from kit import *
set("icmp_ratelimit", 0); set("ipfrag_time", 60)
whole = icmp(8, 0, b"\0\1\0\1", bytes(range(200)))
ident = 0
def queues():
    for l in open("/proc/net/sockstat"):
        if l.startswith("FRAG:"): return "queues %s memory %s" % (l.split()[2], "0" if l.split()[4] == "0" else "some")
def try_(what, *pieces, **k):
    global ident; ident += 1; before = count()
    for p in pieces:
        off, more, data = p[:3]; o = dict(k); o.update(p[3] if len(p) > 3 else {}); flags = o.pop("flags", 0)
        frame(ip(data, ident=o.pop("ident", ident), frag=(0x2000 if more else 0) | off // 8 | flags, **o))
    answers = [show(p) for p in heard()]
    print("%-34s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")), queues(), *answers, sep=" | ")
a, b, c = (0, 1, whole[:80]), (80, 1, whole[80:160]), (160, 0, whole[160:])
try_("in order", a, b, c); try_("backwards", c, b, a); try_("middle last", a, c, b); try_("middle first", b, a, c)
try_("one, whole, more", (0, 1, whole)); try_("one of offset 0, no more", (0, 0, whole))
try_("first twice", a, a, b, c); try_("middle twice", a, b, b, c); try_("last twice", c, c, a, b); try_("all, then first", a, b, c, a)
try_("first twice, other data", a, (0, 1, b"z" * 80), b, c); try_("part of the first again", a, (8, 1, whole[8:40]), b, c)
try_("overlap at the end", a, (72, 1, whole[72:160]), c); try_("overlap at the front", b, (0, 1, whole[:88]), c); try_("covers all", b, (0, 1, whole[:160]), c); try_("overlaps the last", c, (80, 1, whole[80:168]), a)
try_("after an overlap", b, c, a)
try_("two ends", a, c, (80, 0, whole[80:160])); try_("two ends, the longer later", a, (80, 0, whole[80:160]), c); try_("more behind the end", (80, 0, whole[80:160]), (160, 1, whole[160:208])); try_("end before the middle", b, (40, 0, whole[40:80]))
try_("not a multiple of 8", (0, 1, whole[:81]), b, c); try_("7 bytes", (0, 1, whole[:7])); try_("empty", (0, 1, b"")); try_("empty middle", a, (80, 1, b""), b, c); try_("empty end", a, b, (160, 0, b"")); try_("8 bytes each", *((i, i + 8 < len(whole), whole[i:i + 8]) for i in range(0, len(whole), 8)))
try_("too long", (65528, 0, b"x" * 8)); try_("just fits", (65504, 0, b"x" * 8)); try_("too long by a byte", (65504, 0, b"x" * 12)); try_("offset 65528, more", (65528, 1, b"x" * 16))
for t in ((1, 1, 1), (0, 1, 1), (1, 0, 0), (2, 2, 0), (2, 2, 2), (1, 2, 1), (3, 3, 3), (1, 3, 1), (0, 3, 1), (0, 0, 3), (3, 2, 1)): try_("ECN %d %d %d" % t, *(p + (dict(tos=e),) for p, e in zip((a, b, c), t)))
try_("tos 0x10, 0, 0", a + (dict(tos=0x10),), b, c); try_("tos 0, 0x10, 0x20", a, b + (dict(tos=0x10),), c + (dict(tos=0x20),)); try_("tos, backwards", c + (dict(tos=8),), b + (dict(tos=0x10),), a + (dict(tos=0x20),))
try_("ttl 1, 2, 3", a + (dict(ttl=1),), b + (dict(ttl=2),), c + (dict(ttl=3),)); try_("DF in the first", a + (dict(flags=0x4000),), b, c); try_("DF in all", *(p + (dict(flags=0x4000),) for p in (a, b, c))); try_("reserved flag", a + (dict(flags=0x8000),), b, c)
try_("two identifiers", a, b + (dict(ident=999),), c); try_("two protocols", a, b + (dict(proto=17),), c); try_("two sources", a, b + (dict(src="10.0.0.7"),), c); try_("two destinations", a, b + (dict(dst="10.0.0.255"),), c)
try_("options in the first", a + (dict(options=b"\1\1\1\0"),), b, c); try_("record route", a + (dict(options=bytes.fromhex("0707040000000000")),), b, c); try_("malformed options in the second", a, b + (dict(options=bytes.fromhex("07000000")),), c)
try_("for somebody else", *(p + (dict(dst="10.0.0.7"),) for p in (a, b, c))); try_("to all", *(p + (dict(dst="10.0.0.255"),) for p in (a, b, c))); try_("ttl 0", *(p + (dict(ttl=0),) for p in (a, b, c)))
big = icmp(8, 0, b"\0\1\0\1", b"y" * 3000); try_("udp to nobody", *((i, i + 1000 < 3008, udp(5, 9, b"z" * 3000)[i:i + 1000]) for i in range(0, 3008, 1000)), proto=17); try_("protocol 99", *((i, i < 2000, (b"w" * 3000)[i:i + 1000]) for i in range(0, 3000, 1000)), proto=99)
P
PYTHONDONTWRITEBYTECODE=1 python3 frag.py
