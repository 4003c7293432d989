# What errors that arrive do to sockets: connected or not, with IP_RECVERR or without, UDP, raw and ping, for each code; and
# which are not believed.
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
sysctl -qw net.ipv4.ping_group_range="0 0"; ip netns exec b sysctl -qw net.ipv4.ping_group_range="0 0"
cat >errors.py <<'P'
from kit import *
E = errno.errorcode
def pending(s):
    e = s.getsockopt(1, 4); return E[e] if e else "-"
def queue(s):
    try: data, anc, flags, where = s.recvmsg(100, 512, 0x2040)
    except OSError as e: return "queue " + E[e.errno]
    out = "queue"
    for level, kind, v in anc:
        if kind != 11: out += " cmsg %d %s" % (kind, v.hex()); continue
        c, origin, t, code, pad, info, extra = struct.unpack_from("IBBBBII", v)
        out += " %s origin %d %d/%d info %d from %s" % (E[c], origin, t, code, info, socket.inet_ntoa(v[20:24]))
    return out + " about %s %d bytes flags %#x" % (where, len(data), flags & ~0x2000)
def sockets():
    made = []
    for name, options in (("connected", 1), ("connected, recverr", 3), ("bound", 0), ("bound, recverr", 2)):
        u = socket.socket(2, 2); u.bind(("10.0.0.2", 0)); u.setsockopt(0, 11, options >> 1)
        if options & 1: u.connect(("10.0.0.1", 7))
        made.append(("udp " + name, u))
        w = socket.socket(2, 3, 99); w.bind(("10.0.0.2", 0)); w.setsockopt(0, 11, options >> 1)
        if options & 1: w.connect(("10.0.0.1", 0))
        made.append(("raw " + name, w))
        p = socket.socket(2, 2, 1); p.bind(("10.0.0.2", 0)); p.setsockopt(0, 11, options >> 1)
        if options & 1: p.connect(("10.0.0.1", 0))
        made.append(("ping " + name, p))
    return made
made = sockets()
def about(kind, s):
    port = s.getsockname()[1]
    if kind.startswith("udp"): return ip(udp(port, 7, b"data"), 17, src="10.0.0.2", dst="10.0.0.1")
    if kind.startswith("raw"): return ip(b"raw data", 99, src="10.0.0.2", dst="10.0.0.1")
    return ip(icmp(8, 0, struct.pack("!HH", port, 3), b"ping"), 1, src="10.0.0.2", dst="10.0.0.1")
def error(kind, code, rest=b"\0\0\0\0"):
    print("# %d/%d" % (kind, code))
    raw_done = False
    for name, s in made:
        if name.startswith("raw"):
            if raw_done: continue
            raw_done = True
        frame(ip(icmp(kind, code, rest, about(name, s)), src="10.0.0.9"))
    import time; time.sleep(0.03)
    for name, s in made:
        e, q = pending(s), queue(s)
        if e != "-" or "EAGAIN" not in q: print("%-26s %-14s %s" % (name, e, q))
for code in range(17): error(3, code, b"\0\0" + struct.pack("!H", 1200) if code == 4 else b"\0\0\0\0")
error(4, 0); error(11, 0); error(11, 1); error(12, 0, b"\x14\0\0\0"); error(12, 1); error(5, 1, addr("10.0.0.9"))
print("# not believed")
u = socket.socket(2, 2); u.bind(("10.0.0.2", 0)); u.connect(("10.0.0.1", 7)); port = u.getsockname()[1]
def try_(what, quoted, **k):
    before = count(); frame(ip(icmp(3, 3, b"\0\0\0\0", quoted), **k)); import time; time.sleep(0.02)
    print("%-24s %s %s" % (what, pending(u), changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs", "IcmpInDestUnreachs", "IcmpMsgInType3"))))
me = dict(src="10.0.0.2", dst="10.0.0.1")
try_("right", ip(udp(port, 7), 17, **me)); try_("other port", ip(udp(port, 8), 17, **me)); try_("other source port", ip(udp(port ^ 1, 7), 17, **me)); try_("other destination", ip(udp(port, 7), 17, src="10.0.0.2", dst="10.0.0.3")); try_("other source", ip(udp(port, 7), 17, src="10.0.0.3", dst="10.0.0.1")); try_("other protocol", ip(udp(port, 7), 137, **me)); try_("fragment's rest", ip(udp(port, 7), 17, frag=3, **me)); try_("first fragment", ip(udp(port, 7), 17, frag=0x2000, **me)); try_("20 bytes", ip(udp(port, 7), 17, **me)[:20]); try_("24 bytes", ip(udp(port, 7), 17, **me)[:24]); try_("with options", ip(udp(port, 7), 17, options=b"\1\1\1\0", **me)); try_("options cut", ip(udp(port, 7), 17, options=b"\1\1\1\0", **me)[:28])
try_("broken inner sum", ip(udp(port, 7), 17, check=9, **me)); try_("inner version 6", ip(udp(port, 7), 17, version=6, **me)); try_("inner ihl 4", ip(udp(port, 7), 17, ihl=4, **me)); try_("total length 5", ip(udp(port, 7), 17, total=5, **me)); try_("to a broadcast", ip(udp(port, 7), 17, src="10.0.0.2", dst="10.0.0.255"))
P
PYTHONDONTWRITEBYTECODE=1 python3 errors.py
