# Packets that are wrong in their headers or lengths: which counter each ends in, and whether anything is said.
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
cat >bad.py <<'P'
from kit import *
set("icmp_ratelimit", 0)
good = icmp(8, 0, b"\0\1\0\1", b"x" * 20)
def try_(what, packet, after=lambda: None, **k):
    before = count(); frame(packet, **k); answers = [show(p) for p in heard()]; after()
    print("%-28s" % what, changes(before), *answers, sep=" | ")
try_("good", ip(good)); try_("padded", ip(good) + b"\0" * 18); try_("version 5", ip(good, version=5)); try_("version 6", ip(good, version=6)); try_("ihl 4", ip(good, ihl=4)); try_("ihl 0", ip(good, ihl=0)); try_("ihl beyond the end", ip(b"", ihl=15)); try_("ihl 15 of 48 bytes", ip(good, ihl=15))
try_("wrong checksum", ip(good, check=1)); try_("checksum 0", ip(good, check=0)); try_("checksum ffff", ip(good, check=0xffff)); try_("total length 0", ip(good, total=0)); try_("total length 19", ip(good, total=19)); try_("total length 20", ip(good, total=20)); try_("total length 24", ip(good, total=24)); try_("total length too large", ip(good, total=60)); try_("total length 65535", ip(good, total=65535))
for n in (0, 1, 10, 19): try_("%d bytes" % n, ip(good)[:n])
try_("no data", ip(b"")); try_("for somebody else", ip(good), mac="020000000099"); try_("in a broadcast frame", ip(good), mac="ffffffffffff"); try_("in a multicast frame", ip(good), mac="01005e000001")
set("conf/eth0/drop_unicast_in_l2_multicast", 1); try_("broadcast frame, refused", ip(good), mac="ffffffffffff"); try_("multicast frame, refused", ip(good), mac="01005e000001"); set("conf/eth0/drop_unicast_in_l2_multicast", 0)
for proto in (0, 1, 4, 17, 41, 47, 50, 89, 99, 132, 137, 255): try_("protocol %d" % proto, ip(b"\0" * 40, proto))
try_("protocol 99, broadcast", ip(b"x" * 20, 99, dst="10.0.0.255"), mac="ffffffffffff"); try_("protocol 99, in a broadcast frame", ip(b"x" * 20, 99), mac="ffffffffffff"); try_("protocol 99, multicast", ip(b"x" * 20, 99, dst="224.0.0.1"), mac="01005e000001"); try_("protocol 99, no source", ip(b"x" * 20, 99, src="0.0.0.0"))
for t in (1, 2, 3): try_("ECN %d" % t, ip(good, tos=t))
try_("reserved flag", ip(good, frag=0x8000)); try_("DF", ip(good, frag=0x4000)); try_("ttl 0", ip(good, ttl=0)); try_("ttl 1", ip(good, ttl=1))
for d in ("10.0.0.3", "10.0.1.1", "10.0.0.255", "10.0.0.0", "255.255.255.255", "224.0.0.1", "224.0.0.9", "0.0.0.0", "127.0.0.1", "240.1.1.1"): try_("for " + d, ip(good, dst=d))
raw = socket.socket(2, 3, 99); try_("protocol 99, a raw socket", ip(b"x" * 20, 99)); raw.settimeout(0.2); print(len(raw.recv(100)))
u = socket.socket(2, 2); u.bind(("", 7)); u.settimeout(0.1)
def got():
    try: return len(u.recv(100))
    except OSError as e: return str(e)
for what, p in (("udp", udp(5, 7, b"hello")), ("udp, length 7", udp(5, 7, b"hello", 7)), ("udp, length 8", udp(5, 7, b"hello", 8)), ("udp, length 100", udp(5, 7, b"hello", 100)), ("udp, length 0", udp(5, 7, b"hello", 0)), ("udp, wrong sum", udp(5, 7, b"hello")[:6] + b"\1\1hello"), ("udp, no sum", udp(5, 7, b"hello")[:6] + b"\0\0hello"), ("udp, 7 bytes", udp(5, 7)[:7]), ("udp, nobody", udp(5, 8, b"x")), ("udp, port 0", udp(5, 0, b"x")), ("udp, from port 0", udp(0, 7, b"x"))):
    try_(what, ip(p, 17), lambda: print("   ", got()))
P
PYTHONDONTWRITEBYTECODE=1 python3 bad.py
