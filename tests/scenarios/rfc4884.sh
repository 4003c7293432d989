# IP_RECVERR_RFC4884: errors whose ICMP message has extensions behind what it quotes; where they begin, whether they are
# whole, and what a socket that didn't ask is told.
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
cat >ext.py <<'P'
from kit import *
import time
def obj(cls, kind, body, length=None): return struct.pack("!HBB", 4 + len(body) if length is None else length, cls, kind) + body
def extension(*objects, version=2, check=None):
    h = struct.pack("!BBH", version << 4, 0, 0) + b"".join(objects)
    return h[:2] + struct.pack("!H", sum16(h) if check is None else check) + h[4:]
for v in (-1, 0, 1, 2): 
    s = socket.socket(2, 2)
    try: s.setsockopt(0, 26, v); print("set", v, s.getsockopt(0, 26))
    except OSError as e: print("set", v, errno.errorcode[e.errno])
for kind in (3, 2): 
    try: s = socket.socket(2, kind, 99 if kind == 3 else 0); s.setsockopt(0, 26, 1); print(kind, s.getsockopt(0, 26))
    except OSError as e: print(kind, errno.errorcode[e.errno])
def try_(what, kind, code, words, ext, pad=128, asked=1, data=100):
    s = socket.socket(2, 2); s.bind(("10.0.0.2", 0)); s.setsockopt(0, 11, 1); s.setsockopt(0, 26, asked); port = s.getsockname()[1]
    quoted = ip(udp(port, 7, b"q" * data, src="10.0.0.2", dst="10.0.0.1"), 17, src="10.0.0.2", dst="10.0.0.1")
    quoted = quoted[:pad] + b"\0" * (pad - len(quoted)) if pad else quoted
    frame(ip(icmp(kind, code, struct.pack("!BBH", 0, words, 0), quoted + ext), src="10.0.0.9")); time.sleep(0.02)
    try: got, anc, fl, where = s.recvmsg(2000, 512, 0x2040)
    except OSError as e: return print("%-34s" % what, "nothing", errno.errorcode[e.errno])
    v = anc[0][2]; c, origin, t, code, pad_, info, extra = struct.unpack_from("IBBBBII", v)
    print("%-34s" % what, "%d/%d info %d extra %#x, %d bytes" % (t, code, info, extra, len(got)), "ends in", got[-6:].hex())
good = extension(obj(1, 1, b"\1\2\3\4"))
for kind, code in ((3, 3), (3, 1), (3, 4), (11, 0), (12, 0), (4, 0)): try_("%d/%d" % (kind, code), kind, code, 32, good); try_("%d/%d, not asked" % (kind, code), kind, code, 32, good, asked=0)
try_("no length", 11, 0, 0, good); try_("length 31", 11, 0, 31, good, 124); try_("length 33", 11, 0, 33, good, 132); try_("length beyond", 11, 0, 64, good); try_("length 255", 11, 0, 255, good); try_("length at the end", 11, 0, 32, b""); try_("length short of the padding", 11, 0, 32, good, 136); try_("length 5", 11, 0, 5, good, 20)
try_("version 1", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), version=1)); try_("version 3", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), version=3)); try_("wrong sum", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), check=77)); try_("no sum", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), check=0))
try_("two objects", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), obj(2, 1, b"12345678"))); try_("no object", 11, 0, 32, extension()); try_("object length 3", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 3))); try_("object length 0", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 0))); try_("object too long", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 80))); try_("object, odd length", 11, 0, 32, extension(obj(1, 1, b"\1\2\3"))); try_("second object cut", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4")) + b"\0\10"); try_("3 bytes", 11, 0, 32, good[:3]); try_("4 bytes", 11, 0, 32, good[:4]); try_("6 bytes", 11, 0, 32, good[:6])
P
PYTHONDONTWRITEBYTECODE=1 python3 ext.py
