# Datagrams that go and come in one (UDP_SEGMENT, UDP_GRO): over lo and a veth, to readers that want them so and others; cut
# for a device that takes them one by one; what the other end of a veth joins again, for a reader or on its own account.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_strangers.sh"
ip netns exec a ping -qc1 10.0.0.2 >/dev/null
cat >gro.py <<'P'
import socket, struct, subprocess, time
from calls import attempt
from netns import enter as at
UDP_SEGMENT, UDP_GRO, MEMINFO = 103, 104, 55


def run(c):
    subprocess.run(c, shell=True)


def udp(to=None, own=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(1, 2, 1)
    s.setblocking(False)
    if own: s.bind(own)
    if to: s.connect(to)
    return s


def seg(s, data, size, flags=0):
    return s.sendmsg([data], [(17, UDP_SEGMENT, struct.pack("H", size))], flags)


def memory(s):
    m = struct.unpack("9I", s.getsockopt(1, MEMINFO, 36))
    return "rmem %d forward %d drops %d" % (m[0], m[4], m[8])


def read(r, room=65536, flags=0):
    """All that has come; several alike in one line."""
    time.sleep(0.03)
    out = []
    while True:
        try:
            d, c, f, who = r.recvmsg(room, 512, flags)
        except BlockingIOError:
            break
        out.append("%d bytes from %d%s%s of %d kinds" % (len(d), who[1], " truncated" * (f & socket.MSG_TRUNC != 0), "".join(
            " (%d %d: %d)" % (l, t, int.from_bytes(v[:4], "little")) for l, t, v in c), len(set(d))))
        if flags & socket.MSG_PEEK: break
    while out:
        n = next((i for i, x in enumerate(out) if x != out[0]), len(out))
        print("   %d x" % n, out[0])
        out = out[n:]


for where in "lo", "veth":
    address = "127.0.0.1" if where == "lo" else "10.0.0.2"
    if where == "veth": at("b")
    r = udp(own=(address, 7000))
    at("a")
    s = udp(to=(address, 7000), own=("0.0.0.0", 5000))
    for on in 0, 1:
        print("==", where, "UDP_GRO", on)
        r.setsockopt(17, UDP_GRO, on)
        print(r.getsockopt(17, UDP_GRO))
        for what, data, size in (("two and a half", b"a" * 1000 + b"b" * 1000 + b"c" * 500, 1000), ("exactly one", b"a" * 1000, 1000),
                                 ("less", b"a" * 10, 1000), ("none", b"", 1000), ("64 of one", b"a" * 64, 1), ("long", b"a" * 60000, 1400)):
            attempt(what, lambda: seg(s, data, size)); print("  ", memory(r)); read(r)
        print("little room"); seg(s, b"a" * 3000, 1000); read(r, 100)
        print("looked at"); seg(s, b"a" * 3000, 1000); read(r, 100, socket.MSG_PEEK); read(r, 100, socket.MSG_PEEK | socket.MSG_TRUNC); read(r)
        print("with others' messages"); r.setsockopt(0, 8, 1); seg(s, b"a" * 3000, 1000); r.setsockopt(0, 12, 1); read(r); r.setsockopt(0, 8, 0); r.setsockopt(0, 12, 0)
        print("changed its mind"); seg(s, b"a" * 3000, 1000); r.setsockopt(17, UDP_GRO, 1 - on); read(r); r.setsockopt(17, UDP_GRO, on)
        print("gathered"); s.send(b"b" * 700, socket.MSG_MORE); s.send(b"b" * 300); read(r)
        s.setsockopt(17, UDP_SEGMENT, 400); s.send(b"b" * 700, socket.MSG_MORE); s.send(b"c" * 300); read(r); s.setsockopt(17, UDP_SEGMENT, 0)
    r.close(); s.close()

print("== errors")
r = udp(own=("127.0.0.1", 7000)); s = udp(to=("127.0.0.1", 7000))
for v in -1, 0, 1, 2, 1 << 20: attempt("GRO %d" % v, lambda: s.setsockopt(17, UDP_GRO, v)); print(s.getsockopt(17, UDP_GRO))
for n in 0, 1, 3, 4, 8: attempt("length %d" % n, lambda: s.setsockopt(17, UDP_GRO, b"\1" * n))
for n in 1, 3, 4, 8: attempt("length %d" % n, lambda: s.getsockopt(17, UDP_GRO, n))
for v in -1, 1, 65535, 65536: attempt("SEGMENT %d" % v, lambda: s.setsockopt(17, UDP_SEGMENT, v)); print(s.getsockopt(17, UDP_SEGMENT))
s.setsockopt(17, UDP_SEGMENT, 0)
for n in 0, 1, 2, 3, 4, 8: attempt("message of %d" % n, lambda: s.sendmsg([b"x" * 20], [(17, UDP_SEGMENT, b"\5\0\0\0\0\0\0\0"[:n])]))
attempt("GRO as a message", lambda: s.sendmsg([b"x" * 20], [(17, UDP_GRO, struct.pack("i", 5))]))
for n, z in (128, 1), (129, 1), (1280, 10), (1281, 10), (2000, 0), (2000, 65507), (2000, 65508), (65507, 1400), (65508, 1400), (65507, 65507):
    attempt("%d by %d" % (n, z), lambda: seg(s, b"x" * n, z))
at("b"); far = udp(own=("10.0.0.2", 7000)); at("a")
v = udp(to=("10.0.0.2", 7000))
for mode in 1, 3, 0, 2:
    v.setsockopt(0, 10, mode)
    for n, z in (3000, 1472), (3000, 1473), (30, 1473), (1473, 1473): attempt("by the veth, discovery %d, %d by %d" % (mode, n, z), lambda: seg(v, b"x" * n, z))
s.setsockopt(1, 11, 1)
attempt("no checksum", lambda: seg(s, b"x" * 2000, 1000)); attempt("no checksum, one", lambda: seg(s, b"x" * 20, 1000))
l = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136); l.connect(("127.0.0.1", 7000))
attempt("UDP-Lite", lambda: seg(l, b"x" * 2000, 1000)); attempt("GRO of UDP-Lite", lambda: l.setsockopt(136, UDP_GRO, 1)); print(l.getsockopt(136, UDP_GRO))
run("ethtool -K v0 tx-checksum-ip-generic off >/dev/null")
v = udp(to=("10.0.0.2", 7000)); attempt("a device without checksums", lambda: seg(v, b"x" * 3000, 1000)); attempt("one", lambda: seg(v, b"x" * 30, 1000))
run("ethtool -K v0 tx-checksum-ip-generic on >/dev/null")
for x in r, s, l, v, far: x.close()

print("== on the wire")
at("b")
r = udp(own=("10.0.0.2", 7000)); r.setsockopt(17, UDP_GRO, 1)
k = udp(own=("10.0.0.2", 9))
p = socket.socket(17, 3, socket.htons(0x800)); p.bind(("v1", 0x800)); p.setblocking(False)
at("a")


def frames():
    """How the datagrams of 10.0.0.1 came: IPv4's length, how far its number is from the first one's, DF and MF, UDP's length."""
    out, base = [], None
    while True:
        try:
            d = p.recv(70000)
        except BlockingIOError:
            break
        if d[26:30] != b"\x0a\0\0\1" or d[22] == 3: continue
        i = struct.unpack(">H", d[18:20])[0]
        base = i if base is None else base
        out.append((struct.unpack(">H", d[16:18])[0], (i - base) & 0xffff, d[20] >> 5, struct.unpack(">H", d[38:40])[0]))
    print("   frames", *(out if len(out) < 7 else (len(out), out[0], out[-1])))


v = udp(to=("10.0.0.2", 7000), own=("10.0.0.1", 5000))
for name in "whole", "cut by the device":
    if name != "whole": run("ethtool -K v0 tx-udp-segmentation off >/dev/null")
    for mode in 1, 2, 0:
        v.setsockopt(0, 10, mode)
        print(name, "discovery", mode); seg(v, b"x" * 3000, 1400); seg(v, b"x" * 300, 100); read(r); frames()
run("ethtool -K v0 tx-udp-segmentation on >/dev/null; ip -n b link set v1 mtu 1000")
print("too long for the other end"); attempt("", lambda: seg(v, b"x" * 3000, 1400)); read(r); frames()
run("ip -n b link set v1 mtu 1500; ip -n a link set v0 mtu 1000"); v.setsockopt(0, 10, 0)
attempt("too long for this one", lambda: seg(v, b"x" * 3000, 1400))
run("ip -n a link set v0 mtu 1500")

print("== joined")
# What waits for the address of its neighbour goes in one burst.
run("ip netns exec b sysctl -qw net.ipv4.conf.all.arp_ignore=8; ip netns exec b ethtool -K v1 gro on; ip netns exec a ethtool -K v0 tso off >/dev/null")
v.setsockopt(0, 10, 1)


class raw:
    """Datagrams with numbers of their own in IPv4's header."""
    to = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
    to.setsockopt(0, 3, 1)

    def __init__(self, frag, *ids):
        self.frag, self.ids = frag, list(ids)

    def send(self, d):
        u = struct.pack(">HHHH", 6000, 7000, 8 + len(d), 0)
        x = b"\x0a\0\0\1\x0a\0\0\2" + struct.pack(">HH", 17, len(u) + len(d)) + u + d
        c = sum(struct.unpack(">%dH" % (len(x) // 2), x))
        while c >> 16: c = (c & 0xffff) + (c >> 16)
        h = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(u) + len(d), self.ids.pop(0), self.frag, 64, 17, 0, b"\x0a\0\0\1", b"\x0a\0\0\2")
        self.to.sendto(h + u[:6] + struct.pack(">H", 0xffff ^ c) + d, ("10.0.0.2", 0))


class changed:
    def __init__(self, level, option, value, usual):
        self.what, self.usual = (level, option, value), (level, option, usual)

    def send(self, d):
        v.setsockopt(*self.what)
        v.send(d)
        v.setsockopt(*self.usual)


def burst(what, *messages, show=True):
    run("ip -n a neigh del 10.0.0.2 dev v0 2>/dev/null; ip -n b neigh del 10.0.0.1 dev v1 2>/dev/null")
    for s, d in messages: s.send(d)
    k.sendto(b"now", ("10.0.0.1", 9))
    time.sleep(0.05)
    print("-", what)
    if show: print("  ", memory(r))
    read(r); frames()


def some(s, n, length=100):
    return [(s, b"%c" % (65 + i % 26) * length) for i in range(n)]


def fixed(frag, *ids):
    s = raw(frag, *ids)
    return some(s, len(ids))


sink = udp(own=("10.0.0.1", 9))
burst("alike", *some(v, 5))
burst("the last shorter", *some(v, 2), *some(v, 3, 50))
burst("longer", *some(v, 1, 50), *some(v, 2))
burst("another TTL", *some(v, 2), *some(changed(0, 2, 7, 64), 1), *some(v, 2))
burst("another TOS", *some(v, 2), *some(changed(0, 1, 16, 0), 1), *some(v, 2))
burst("another DF", *some(v, 2), *some(changed(0, 10, 0, 1), 1), *some(v, 2))
burst("no checksum", *some(changed(1, 11, 1, 0), 2))
burst("options", *some(changed(0, 4, b"\1\1\1\1", b""), 2))
burst("empty", *some(v, 2, 0), *some(v, 2, 1))
burst("the same number, DF", *fixed(0x4000, 5, 5, 5, 5)); burst("numbers in order, DF", *fixed(0x4000, 5, 6, 7, 8))
burst("numbers as they like, DF", *fixed(0x4000, 5, 9, 2, 3)); burst("the same number", *fixed(0, 5, 5, 5, 5))
burst("numbers in order", *fixed(0, 5, 6, 7, 8)); burst("numbers as they like", *fixed(0, 5, 9, 2, 3))
burst("first one, then the other", *fixed(0x4000, 5, 6, 6, 7)); burst("and the other way", *fixed(0x4000, 5, 5, 6, 7))
burst("70", *some(v, 70, 10)); burst("64 KiB", *some(v, 48, 1472)); burst("fragments", *some(changed(0, 10, 0, 1), 2, 2000), show=False)
print("== for nobody who wants it")
r.setsockopt(17, UDP_GRO, 0)
burst("a plain reader", *some(v, 5))
for f in "rx-udp-gro-forwarding", "rx-gro-list":
    run("ip netns exec b ethtool -K v1 %s on" % f)
    r.setsockopt(17, UDP_GRO, 0); burst(f + ", a plain reader that once wanted it", *some(v, 5), *some(v, 2, 50))
    r.setsockopt(17, UDP_GRO, 1); burst(f + ", a reader that wants it", *some(v, 5), *some(v, 2, 50))
    r.close(); at("b"); r = udp(own=("10.0.0.2", 7000)); at("a"); burst(f + ", nobody on the machine", *some(v, 5), *some(v, 2, 50))
    run("ip netns exec a ethtool -K v0 tso on >/dev/null"); burst(f + ", from a veth that cuts nothing", *some(v, 5)); run("ip netns exec a ethtool -K v0 tso off >/dev/null")
    run("ip netns exec b ethtool -K v1 %s off" % f)
at("b")
run("nstat -asz UdpInDatagrams UdpInErrors UdpNoPorts IpInReceives | sed 's/ *[^ ]*$//'")
P
ip netns exec a python3 -u gro.py
