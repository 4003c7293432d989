# Extended echoes (RFC 8335): by name, index and address of the interface asked about, and each way to ask wrongly.
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
ip -n b link add d0 address 02:00:00:00:00:d0 type dummy; ip -n b link set d0 up; ip -n b addr add 10.9.0.1/24 dev d0; ip -n b link add d1 address 02:00:00:00:00:d1 type dummy; ip -n b addr add 10.8.0.1/24 dev d1
ip -n b link add interfacename12 address 02:00:00:00:00:d2 type dummy; ip -n b link property add dev d0 altname longer-name
cat >probe.py <<'P'
from kit import *
set("icmp_ratelimit", 0); index = {n: socket.if_nametoindex(n) for n in ("lo", "eth0", "d0", "d1")}
def ext(ctype, body, cls=3, length=None, version=2, check=None):
    obj = struct.pack("!HBB", 4 + len(body) if length is None else length, cls, ctype) + body; obj += b"\0" * (-len(obj) % 4)
    h = struct.pack("!BBH", version << 4, 0, 0) + obj
    return h[:2] + struct.pack("!H", sum16(h) if check is None else check) + h[4:]
def try_(what, data, local=1, code=0, **k):
    before = count(); frame(ip(icmp(42, code, struct.pack("!HBB", 7, 1, local), data)), **k); answers = [p for p in heard()]
    print("%-26s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs", "IpOutRequests", "IcmpMsgInType42")), *("%d/%d %s %d bytes" % (p[20], p[21], p[24:28].hex(), len(p)) for p in answers), sep=" | ")
try_("not enabled", ext(1, b"d0\0\0")); set("icmp_echo_enable_probe", 1)
for n in (b"eth0", b"d0", b"d1", b"lo", b"nosuch", b"longer-name", b"interfacename12", b"interfacename12345", b"", b"d0\0x", b"d"): try_("name " + repr(n)[1:], ext(1, n)); try_("padded " + repr(n)[1:], ext(1, n + b"\0" * (-len(n) % 4)))
for n in ("lo", "eth0", "d0", "d1"): try_("index of " + n, ext(2, struct.pack("!I", index[n])))
try_("index 0", ext(2, struct.pack("!I", 0))); try_("index 99", ext(2, struct.pack("!I", 99))); try_("index, 2 bytes", ext(2, b"\0\1")); try_("index, 8 bytes", ext(2, struct.pack("!II", index["d0"], 0)))
def a4(a, afi=1, length=4, body=None): return ext(3, struct.pack("!HBB", afi, length, 0) + (addr(a) if body is None else body))
for a in ("10.0.0.2", "10.9.0.1", "10.8.0.1", "127.0.0.1", "10.9.0.7", "1.2.3.4", "224.0.0.1"): try_("address " + a, a4(a))
try_("address, length 16", a4("10.9.0.1", length=16)); try_("address, cut", a4("10.9.0.1", body=b"\12\11")); try_("family 3", a4("10.9.0.1", 3)); try_("family 0", a4("10.9.0.1", 0))
try_("not local", ext(1, b"d0\0\0"), 0); try_("L bit and others", ext(1, b"d0\0\0"), 255); try_("code 1", ext(1, b"d0\0\0"), code=1); try_("version 1", ext(1, b"d0\0\0", version=1)); try_("wrong sum", ext(1, b"d0\0\0", check=9)); try_("class 1", ext(1, b"d0\0\0", cls=1)); try_("type 4", ext(4, b"d0\0\0")); try_("type 0", ext(0, b"d0\0\0")); try_("object too long", ext(1, b"d0\0\0", length=80)); try_("object length 3", ext(1, b"d0\0\0", length=3)); try_("object length 4", ext(1, b"d0\0\0", length=4)); try_("object length 0", ext(1, b"d0\0\0", length=0))
for n in (0, 3, 4, 7, 8, 10): try_("%d bytes" % n, ext(1, b"d0\0\0")[:n])
try_("data behind it", ext(1, b"d0\0\0") + b"x" * 40)
frame(ip(icmp(42, 0, b"\0\7\1\1", ext(1, b"d0\0\0")), dst="10.0.0.255"), mac="ffffffffffff"); print("broadcast", [show(p) for p in heard()])
P
PYTHONDONTWRITEBYTECODE=1 python3 probe.py
for w in 2 -1 1 0; do ip netns exec b sysctl -w net.ipv4.icmp_echo_enable_probe=$w; done
