# Every type of ICMP message, right and wrong, to one, to all, to a group: what is answered, counted and refused.
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
cat >messages.py <<'P'
from kit import *
set("icmp_ratelimit", 0)
def try_(what, packet, **k):
    before = count(); frame(packet, **k); answers = [show(p) for p in heard()]
    print("%-30s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs")), *answers, sep=" | ")
quoted = ip(udp(5, 7), 17, src="10.0.0.2", dst="10.0.0.1")
for kind in (*range(0, 20), 30, 37, 40, 41, 42, 43, 44, 127, 128, 255): try_("type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12)))
for kind in (8, 0, 13, 14, 17, 3, 11, 12, 5, 4): try_("type %d, code 99" % kind, ip(icmp(kind, 99, b"\0\1\0\2", quoted)))
for kind in (8, 13, 3, 42): try_("type %d, wrong sum" % kind, ip(icmp(kind, 0, check=5)))
for n in (0, 1, 3, 4, 7): try_("%d bytes" % n, ip(icmp(8, 0, b"\0\1\0\2")[:n]))
for n in (0, 4, 11, 12, 13, 40): try_("time stamp and %d bytes" % n, ip(icmp(13, 0, b"\0\1\0\2", b"\0" * n)))
for kind in (3, 4, 5, 11, 12):
    for n in (0, 19, 20, 27, 28): try_("type %d quoting %d bytes" % (kind, n), ip(icmp(kind, 1, b"\0\0\0\0", quoted[:n])))
bc = dict(mac="ffffffffffff")
for kind in (8, 13, 15, 17): try_("broadcast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="10.0.0.255"), **bc); try_("multicast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="224.0.0.1"), mac="01005e000001"); try_("broadcast frame, type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12)), **bc)
set("icmp_echo_ignore_broadcasts", 0); print("# broadcasts answered")
for kind in (8, 13, 15, 17): try_("broadcast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="10.0.0.255"), **bc); try_("multicast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="224.0.0.1"), mac="01005e000001")
try_("to all", ip(icmp(8), dst="255.255.255.255"), **bc); try_("from nobody", ip(icmp(8), src="0.0.0.0")); try_("to all from nobody", ip(icmp(8), src="0.0.0.0", dst="255.255.255.255"), **bc)
set("icmp_echo_ignore_all", 1); print("# echoes ignored"); try_("echo", ip(icmp(8))); try_("time stamp", ip(icmp(13, 0, b"\0\1\0\2", b"\0" * 12))); set("icmp_echo_ignore_all", 0)
set("icmp_ignore_bogus_error_responses", 0); print("# errors about broadcasts"); 
for v in 0, 1: set("icmp_ignore_bogus_error_responses", v); try_("unreachable, quoting a broadcast", ip(icmp(3, 1, b"\0\0\0\0", ip(udp(5, 7), 17, src="10.0.0.2", dst="10.0.0.255"))))
for tos in (0x10, 0xb8, 0xff): try_("echo, tos %#x" % tos, ip(icmp(8), tos=tos)); try_("nobody's port, tos %#x" % tos, ip(udp(5, 9), 17, tos=tos))
try_("echo, DF", ip(icmp(8), frag=0x4000)); try_("echo, ttl 1", ip(icmp(8), ttl=1)); try_("echo of 1480", ip(icmp(8, 0, b"\0\0\0\0", b"x" * 1472))); try_("about an echo of 1480", ip(b"x" * 1480, 99)); try_("about 8 bytes", ip(b"x" * 8, 99)); try_("about a fragment", ip(b"x" * 8, 99, frag=5))
P
PYTHONDONTWRITEBYTECODE=1 python3 messages.py
