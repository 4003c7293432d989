# Limits of reassembly: memory, time, distance between packets; what is given up, counted, reported, and refused as setting.
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
cat >limits.py <<'P'
from kit import *
import time
set("icmp_ratelimit", 0)
whole = icmp(8, 0, b"\0\1\0\1", b"x" * 2000)
def piece(n, ident, **k): return ip(whole[n * 1000:n * 1000 + 1000], ident=ident, frag=(0x2000 if n < 2 else 0) | n * 125, **k)
def queues():
    for l in open("/proc/net/sockstat"):
        if l.startswith("FRAG:"): return int(l.split()[2])
def report(what, before, left=True): print("%-30s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")), "queues %d" % queues() if left else "", *sorted(show(p) for p in heard()), sep=" | ")
def try_set(name, *values):
    for v in values:
        try: set(name, v)
        except OSError as e: print(name, v, errno.errorcode[e.errno], end="; ")
        print(name, v, open("/proc/sys/net/ipv4/" + name).read().strip())
try_set("ipfrag_time", 0, 1, -1, "x", 30); try_set("ipfrag_max_dist", -1, 0, 2147483647, 64); try_set("ipfrag_low_thresh", 5000000, 0, -1, 3145728); try_set("ipfrag_high_thresh", 100, 3145727, 3145728, 4194304); try_set("ipfrag_secret_interval", 5) if 0 else None
before = count(); set("ipfrag_time", 1)
for i in range(4): frame(piece(0, 10 + i, ttl=60 + i, tos=4 * i))
for i in range(3): frame(piece(1, 20 + i))
frame(piece(2, 30)); frame(piece(0, 31, src="0.0.0.0")); report("eight begun", before)
before = count(); time.sleep(1.5); report("a second later", before)
before = count(); frame(piece(0, 40)); time.sleep(0.6); frame(piece(1, 40)); time.sleep(0.6); frame(piece(2, 40)); report("the first starts the clock", before); time.sleep(1.2); heard()
set("ipfrag_time", 30); set("ipfrag_low_thresh", 0); set("ipfrag_high_thresh", 20000); before = count(); 
for i in range(40): frame(piece(0, 100 + i))
d = changes(before); got = queues(); print("memory for few:", "some begun" if 2 <= got <= 20 else got, "the others failed" if count()["IpReasmFails"] - before.get("IpReasmFails", 0) == 40 - got else d)
before = count(); frame(piece(1, 100)); frame(piece(2, 100)); report("the first may still end", before, False)
set("ipfrag_high_thresh", 0); before = count(); frame(piece(0, 200)); frame(piece(1, 200)); frame(piece(2, 200)); report("no memory", before, False)
set("ipfrag_high_thresh", 4194304); set("ipfrag_low_thresh", 3145728); before = count(); frame(piece(0, 201)); frame(piece(1, 201)); frame(piece(2, 201)); report("memory again", before, False)
P
PYTHONDONTWRITEBYTECODE=1 python3 limits.py
echo "# distance"
cat >dist.py <<'P'
from kit import *
import sys
set("ipfrag_max_dist", int(sys.argv[1])); set("ipfrag_time", 30)
whole = icmp(8, 0, b"\0\1\0\1", b"x" * 2000)
def piece(n, ident, **k): return ip(whole[n * 1000:n * 1000 + 1000], ident=ident, frag=(0x2000 if n < 2 else 0) | n * 125, **k)
before = count(); frame(piece(0, 1))
for i in range(5): [frame(piece(n, 10 + i)) for n in range(3)]
frame(piece(1, 1)); frame(piece(2, 1)); heard(); print("max_dist", sys.argv[1], changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")))
P
export PYTHONDONTWRITEBYTECODE=1; for d in 64 5 4 1 0; do python3 dist.py $d; done
