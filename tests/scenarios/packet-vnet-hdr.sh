# PACKET_VNET_HDR: frames with a checksum left undone and frames to be cut, sent and received by packet sockets and by rings;
# what is refused, and by whom. PACKET_ORIGDEV.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_strangers.sh"
ip -n b neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev v1 nud permanent; ip -n a neigh replace 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent
cat >vnet.py <<'P'
import errno, mmap, socket, struct, subprocess, time
from calls import attempt
from netns import enter as at
from packets import sum16
SOL_PACKET, VNET, RX_RING, TX_RING, VERSION, AUXDATA, ORIGDEV = 263, 15, 5, 13, 10, 8, 9


def run(c): subprocess.run(c, shell=True)


def hdr(flags=0, gso=0, hdr_len=0, size=0, start=0, off=0): return struct.pack("<BBHHHH", flags, gso, hdr_len, size, start, off)


def eth(payload, proto=0x800): return b"\2\0\0\0\0\2\2\0\0\0\0\1" + struct.pack(">H", proto) + payload


def ip(proto, payload, frag=0x4000):
    h = lambda c: struct.pack(">BBHHHBBH4s4s", 0x45, 0, min(20 + len(payload), 65535), 7, frag, 64, proto, c, b"\x0a\0\0\1", b"\x0a\0\0\2")
    return h(sum16(h(0))) + payload


def pseudo(proto, n): return 0xffff ^ sum16(b"\x0a\0\0\1\x0a\0\0\2" + struct.pack(">HH", proto, n))


def tcp(data, opt=b""):  # of no connection
    return struct.pack(">HHIIBBHHH", 1000, 2000, 1, 1, (20 + len(opt)) * 4, 0x14, 500, pseudo(6, 20 + len(opt) + len(data)), 0) + opt + data


def udp(data, full=False):
    n = 8 + len(data)
    c = sum16(b"\x0a\0\0\1\x0a\0\0\2" + struct.pack(">HH", 17, n) + struct.pack(">HHHH", 1000, 7000, n, 0) + data) if full else pseudo(17, n)
    return struct.pack(">HHHH", 1000, 7000, n, c) + data


def frame(h, e):
    x = ""
    if e[12:14] == b"\x08\0": x = "ip %d number %d frag %x proto %d sum %s" % (*struct.unpack(">HHH", e[16:22]), e[23], e[34 + (16 if e[23] == 6 else 6):][:2].hex())
    return "flags %d gso %d hdr_len %d size %d start %d off %d %s" % (*h, x)


s = None
at("a"); s = socket.socket(17, 3, 0); s.bind(("v0", 0)); dg = socket.socket(17, 2, 0)
at("b"); r = socket.socket(17, 3, socket.htons(0x800)); r.bind(("v1", 0x800)); r.setblocking(False)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("10.0.0.2", 7000)); u.setblocking(False)
at("a")
print("== the option")
for v in b"", b"\1", b"\1\0\0", struct.pack("i", 1), struct.pack("i", 0), struct.pack("i", -1), struct.pack("i", 7), b"\1\0\0\0\0\0\0\0":
    attempt("set %s" % v.hex(), lambda: s.setsockopt(SOL_PACKET, VNET, v)); print(s.getsockopt(SOL_PACKET, VNET))
attempt("DGRAM", lambda: dg.setsockopt(SOL_PACKET, VNET, 1)); print(dg.getsockopt(SOL_PACKET, VNET))
for n in 1, 2, 4, 8: attempt("length %d" % n, lambda: s.getsockopt(SOL_PACKET, VNET, n).hex())
run("ss -0enH src *:v0 | sed 's/ino:.*//'")
r.setsockopt(SOL_PACKET, VNET, 1); r.setsockopt(SOL_PACKET, AUXDATA, 1)


def show():
    time.sleep(0.02)
    seen = []
    while True:
        try:
            d, c, f, a = r.recvmsg(70000, 512)
        except BlockingIOError:
            break
        except OSError as e:
            seen.append(errno.errorcode[e.errno])
            continue
        aux = struct.unpack("IIIHHHH", c[0][2])
        seen.append("%d status %d %d %d: " % (len(d), *aux[:3]) + frame(struct.unpack("<BBHHHH", d[:10]), d[10:]))
    for x in seen[:6]: print("   ", x)
    if len(seen) > 6: print("    and", len(seen) - 6, "more; the last:", seen[-1])
    got = []
    while True:
        try:
            got.append(len(u.recv(70000)))
        except BlockingIOError:
            break
    if got: print("    UDP's reader:", got)


def send(what, h, f):
    attempt("%s (%d)" % (what, len(h + f)), lambda: s.send(h + f))
    show()


U = eth(ip(17, udp(b"hello"))); F = eth(ip(17, udp(b"hello", True))); T = eth(ip(6, tcp(b"d" * 3000)))
print("== checksums")
send("none", hdr(), eth(b"x" * 50, 0x88b5)); send("whole", hdr(), F); send("undone", hdr(1, 0, 0, 0, 34, 6), U); send("undone, hdr_len", hdr(1, 0, 42, 0, 34, 6), U)
send("in the wrong place", hdr(1, 0, 0, 0, 30, 6), U); send("said to be right", hdr(2), F); send("other flags", hdr(0xfc), F)
for st, off in (47, 0), (46, 0), (45, 0), (44, 0), (34, 12), (34, 11), (0, 45), (0, 46), (65535, 0), (65000, 65000), (0, 0), (14, 10):
    send("from %d at %d" % (st, off), hdr(1, 0, 0, 0, st, off), U)
for n in 0, 14, 47, 48, 65535: send("hdr_len %d" % n, hdr(0, 0, n), F)
for n in 0, 1, 9, 10, 11, 23, 24: attempt("only %d" % n, lambda: s.send((hdr() + b"\2" * 14)[:n]))
show()
print("== to be cut")
send("TCP", hdr(1, 1, 54, 1000, 34, 16), T); send("with ECN", hdr(1, 0x81, 54, 1000, 34, 16), T)
O = lambda n: eth(ip(6, tcp(b"d" * n, b"\1" * 12)))
send("options", hdr(1, 1, 66, 1000, 34, 16), O(3000)); send("longer, hdr_len too small", hdr(1, 1, 54, 1000, 34, 16), O(9000))
for n in 0, 54, 200: send("longer, hdr_len %d" % n, hdr(1, 1, n, 1000, 34, 16), eth(ip(6, tcp(b"d" * 9000))))
send("longest", hdr(1, 1, 54, 1400, 34, 16), eth(ip(6, tcp(b"d" * 65400))))
for n in 0, 1, 2999, 3000, 10000, 65535: send("by %d" % n, hdr(1, 1, 54, n, 34, 16), T)
send("without a checksum", hdr(0, 1, 54, 1000), T); send("checksum at 0", hdr(1, 1, 54, 1000, 0, 0), T); send("checksum elsewhere", hdr(1, 1, 54, 1000, 34, 6), T)
send("from elsewhere", hdr(1, 1, 54, 1000, 38, 16), T); send("TCP that is UDP", hdr(1, 1, 54, 1000, 34, 6), eth(ip(17, udp(b"u" * 3000))))
send("the same without a checksum", hdr(0, 1, 54, 1000), eth(ip(17, udp(b"u" * 3000)))); send("not IP", hdr(1, 1, 54, 1000, 34, 16), eth(b"x" * 3000, 0x88b5))
send("a short IPv4 header", hdr(1, 1, 54, 1000, 34, 16), T[:14] + b"\x41" + T[15:]); send("a short TCP header", hdr(1, 1, 54, 1000, 34, 16), T[:46] + b"\x10" + T[47:])
send("a long TCP header", hdr(1, 1, 54, 10, 34, 16), (lambda x: x[:46] + b"\xf0" + x[47:])(eth(ip(6, tcp(b"d" * 30)))))
send("IPv6's", hdr(1, 4, 54, 1000, 34, 16), T); send("IPv6's without a checksum", hdr(0, 4, 54, 1000), T)
D = eth(ip(17, udp(b"u" * 3000), 0))
send("a datagram", hdr(1, 3, 42, 1000, 34, 6), D); send("with DF", hdr(1, 3, 42, 1000, 34, 6), eth(ip(17, udp(b"u" * 3000)))); send("a datagram without a checksum", hdr(0, 3, 42, 1000), D)
for n in 1480, 1472, 7, 3008: send("a datagram by %d" % n, hdr(1, 3, 42, n, 34, 6), D if n > 7 else eth(ip(17, udp(b"u" * 30), 0)))
send("several datagrams", hdr(1, 5, 42, 1000, 34, 6), D)
for g in 2, 6, 0x80, 255: send("kind %d" % g, hdr(1, g, 54, 1000, 34, 16), T)
send("long", hdr(), eth(ip(17, udp(b"u" * 1473, True)))); big = eth(ip(6, tcp(b"d" * 65400))) + b"z" * 2000
attempt("over 64 KiB", lambda: s.send(hdr(1, 1, 54, 1400, 34, 16) + big)); time.sleep(0.05); n = 0
try:
    while r.recv(70000): n += 1
except BlockingIOError: print("    frames", n)
send("over 100 KiB", hdr(1, 1, 54, 1000, 34, 16), big + b"y" * 40000)
print("== a device that does less")
run("ethtool -K v0 tx-checksum-ip-generic off >/dev/null"); send("TCP", hdr(1, 1, 54, 1000, 34, 16), T); send("undone", hdr(1, 0, 0, 0, 34, 6), U)
run("ethtool -K v0 tx-checksum-ip-generic on >/dev/null; ip -n a link set v0 gso_max_size 2000"); send("gso_max_size", hdr(1, 1, 54, 1000, 34, 16), T)
run("ip -n a link set v0 gso_max_size 65536"); s.setsockopt(SOL_PACKET, 20, 1); send("past the queue", hdr(1, 1, 54, 1000, 34, 16), T)
run("ethtool -K v0 tso off >/dev/null"); send("past the queue, to be cut", hdr(1, 1, 54, 1000, 34, 16), T); s.setsockopt(SOL_PACKET, 20, 0); run("ethtool -K v0 tso on >/dev/null")
print("== the stack's own")
k = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); k.connect(("10.0.0.2", 7000)); k.send(b"hello")
time.sleep(0.02)
for n in 0, 9, 10, 11, 20:
    attempt("room for %d" % n, lambda: (lambda x: (len(x[0]), x[2]))(r.recvmsg(n))); k.send(b"hello"); time.sleep(0.02)
attempt("MSG_TRUNC", lambda: r.recv_into(bytearray(20), 20, socket.MSG_TRUNC)); show()
k.sendmsg([b"x" * 3000], [(17, 103, struct.pack("H", 1000))]); show()
run("ip -n b link set v1 down"); time.sleep(0.1); attempt("nobody there", lambda: s.send(hdr() + F)); run("ip -n b link set v1 up"); time.sleep(0.1)
attempt("down", lambda: r.recv(100)); show()
print("== rings")
SLOT = 8192


def ring(sock, ver, name, size=SLOT, ext=(0, 0, 0)):
    sock.setsockopt(SOL_PACKET, VERSION, ver)
    sock.setsockopt(SOL_PACKET, name, struct.pack("IIII", 16384, 1, size, 16384 // size) + (struct.pack("III", *ext) if ver == 2 else b""))
    return mmap.mmap(sock.fileno(), 16384)


def show_ring(m, ver, size=SLOT, n=2):
    for i in range(n):
        f = struct.unpack_from("LIIHH" if ver == 0 else "IIIHH", m, i * size)
        if not f[0] & 1: continue
        where = i * size + f[3]
        print("    frame %d status %d len %d snap %d mac %d net %d:" % (i, *f), frame(struct.unpack_from("<BBHHHH", m, where - 10), m[where:where + f[2]] if f[2] > 40 else b""))
        struct.pack_into("L" if ver == 0 else "I", m, i * size, 0)


for ver in 0, 1:
    for vnet in 0, 1:
        print("- version", ver + 1, "with" if vnet else "without")
        at("b"); x = socket.socket(17, 3, socket.htons(0x800)); x.bind(("v1", 0x800))
        x.setsockopt(SOL_PACKET, VNET, vnet)
        m = ring(x, ver, RX_RING)
        attempt("now", lambda: x.setsockopt(SOL_PACKET, VNET, 1)); attempt("now, short", lambda: x.setsockopt(SOL_PACKET, VNET, b"\1"))
        at("a"); t = socket.socket(17, 3, 0); t.bind(("v0", 0)); t.setsockopt(SOL_PACKET, VNET, vnet)
        tm = ring(t, ver, TX_RING); slot = 0; h = hdr if vnet else lambda *_: b""
        for what, data, length in (("plain", h() + F, 0), ("undone", h(1, 0, 0, 0, 34, 6) + U, 0), ("TCP", h(1, 1, 54, 1000, 34, 16) + T, 0), ("hdr_len 0", h(1, 1, 0, 1000, 34, 16) + T, 0),
                                   ("more of TCP", h(1, 1, 54, 1000, 34, 16) + eth(ip(6, tcp(b"d" * 7000))), 0), ("bad place", h(1, 0, 0, 0, 65000, 6) + U, 0), ("bad hdr_len", h(1, 0, 60, 0, 34, 6) + U, 0),
                                   ("bad kind", h(1, 5, 0, 100, 34, 6) + U, 0), ("can't be cut", h(1, 1, 54, 1000, 38, 16) + T, 0), ("short", h()[:5] + b"xx", 0), ("only that", h(), 0), ("13", h() + b"x" * 13, 0),
                                   ("14", h() + b"\2" * 14, 0), ("long", h() + eth(ip(17, udp(b"u" * 1473, True))), 0), ("longer than its place", h() + U, 8180), ("longer than it is", h() + F, SLOT - 32)):
            o = slot * SLOT
            struct.pack_into("LIIHH" if ver == 0 else "IIIHH", tm, o, 0, length or len(data), 0, 0, 0)
            tm[o + 32:o + 32 + len(data)] = data
            struct.pack_into("L" if ver == 0 else "I", tm, o, 1)
            sent = attempt(what, lambda: t.send(b"")); time.sleep(0.02)
            print("    status", struct.unpack_from("L" if ver == 0 else "I", tm, o)[0])
            if isinstance(sent, int): slot = 1 - slot
            struct.pack_into("L" if ver == 0 else "I", tm, o, 0)
            show_ring(m, ver)
        for z in x, t, m, tm: z.close()
print("- version 3")
at("b"); x = socket.socket(17, 3, socket.htons(0x800)); x.bind(("v1", 0x800)); x.setsockopt(SOL_PACKET, VNET, 1); m = ring(x, 2, RX_RING, ext=(20, 0, 0)); at("a")
s.send(hdr(1, 1, 54, 1000, 34, 16) + T); s.send(hdr(1, 0, 0, 0, 34, 6) + U); time.sleep(0.1)
n, o = struct.unpack_from("II", m, 12)
for _ in range(n):
    nx, _, _, snap, ln, st, mac, net = struct.unpack_from("IIIIIIHH", m, o)
    print("    next %d snap %d len %d status %d mac %d net %d:" % (nx, snap, ln, st, mac, net), frame(struct.unpack_from("<BBHHHH", m, o + mac - 10), m[o + mac:o + mac + snap]))
    o += nx
x.close(); m.close()
for size in 128, 64:
    at("b"); y = socket.socket(17, 3, socket.htons(0x800)); y.bind(("v1", 0x800)); y.setsockopt(SOL_PACKET, VNET, 1); ym = ring(y, 1, RX_RING, size); at("a")
    s.send(hdr(1, 0, 0, 0, 34, 6) + U); time.sleep(0.03); print("- places of", size, struct.unpack_from("IIIHH", ym, 0)); y.close(); ym.close()
at("b"); y = socket.socket(17, 3, socket.htons(0x800)); y.bind(("v1", 0x800)); y.setsockopt(SOL_PACKET, VNET, 1); ym = ring(y, 1, RX_RING); at("a")
k.sendmsg([b"x" * 3000], [(17, 103, struct.pack("H", 1000))]); time.sleep(0.03); print("- several datagrams", struct.unpack("II", y.getsockopt(SOL_PACKET, 6, 8))); y.close()
print("== by which device")
run("ip -n a link add link v0 name v0.5 type vlan id 5; ip -n a link set v0.5 up; ip -n b link add link v1 name v1.5 type vlan id 5; ip -n b link set v1.5 up")
time.sleep(0.2)
at("b"); ears = []
for dev in "", "v1", "v1.5":
    for origin in 0, 1:
        y = socket.socket(17, 3, socket.htons(3))
        if dev: y.bind((dev, 3))
        y.setsockopt(SOL_PACKET, ORIGDEV, origin); y.setblocking(False); ears.append((dev or "any", origin, y))
at("a"); tagged = socket.socket(17, 3, 0); tagged.bind(("v0.5", 0)); tagged.send(eth(b"x" * 50, 0x88b5)); time.sleep(0.05)
at("b")
for dev, origin, y in ears:
    heard = []
    while True:
        try:
            d, a = y.recvfrom(2000)
        except BlockingIOError:
            break
        if a[1] == 0x88b5: heard.append(a[0])
    print(dev, "origin" if origin else "", heard)
P
ip netns exec a python3 -u vnet.py
