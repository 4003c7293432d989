# RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR as messages: headers, attributes short, long and out of range, flags; with the error, its text
# and its place.
exec 2>&1
ip link set lo up; ip link add d0 address 02:00:00:00:00:0d type dummy; ip link set d0 up; ip link add d1 type dummy
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def t(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
s = socket.socket(16, 3, 0); s.bind((0, 0)); s.setsockopt(270, 11, 1); s.setsockopt(270, 12, 1); seq = 0
def at(kind, data=b""):
    if isinstance(data, int): data = struct.pack("I", data & 0xffffffff)
    if isinstance(data, str): data = data.encode() + b"\0"
    return (struct.pack("HH", 4 + len(data), kind) + data).ljust((len(data) + 7) & ~3, b"\0")
def ask(what, kind, body, flags=0, raw=None):
    global seq
    seq += 1
    m = struct.pack("IHHII", 16 + len(body), kind, flags | 5, seq, 0) + body if raw is None else raw
    s.send(m); answers = []
    while select.select([s], [], [], 0.3)[0]:
        d = s.recv(65536); done = False
        while len(d) >= 16:
            n, k, f, q, p = struct.unpack("IHHII", d[:16]); b = d[16:n]
            if k == 2:
                e = struct.unpack("i", b[:4])[0]; text, off = "", None; x = b[4 + 16:] if f & 0x100 else b[4 + struct.unpack("I", b[4:8])[0]:]
                while f & 0x200 and len(x) >= 4:
                    l, a = struct.unpack("HH", x[:4])
                    if l < 4: break
                    if a == 1: text = x[4:l].rstrip(b"\0").decode()
                    if a == 2: off = struct.unpack("I", x[4:8])[0]
                    x = x[(l + 3) & ~3:]
                answers.append((errno.errorcode[-e] if e else "ok") + (" " + repr(text) if text else "") + (" at %d" % off if off is not None else "")); done = True
            elif k == 3: answers.append("done"); done = True
            else: answers.append("message %d" % k)
            d = d[(n + 3) & ~3:]
        if done: break
    print("%-40s" % what, ", ".join(answers) or "nothing")
def addr(a): return socket.inet_aton(a)
D0, D1 = socket.if_nametoindex("d0"), socket.if_nametoindex("d1"); NEW, DEL, GET = 20, 21, 22
def h(family=2, plen=24, flags=0, scope=0, index=D0): return struct.pack("BBBBi", family, plen, flags, scope, index)
ADDR, LOCAL, LABEL, BRD, CACHE, FLAGS, PRIO, PROTO = 1, 2, 3, 4, 6, 8, 9, 11
one = at(LOCAL, addr("10.0.0.1")) + at(ADDR, addr("10.0.0.1"))
ask("an address", NEW, h() + one, 0x600); ask("again", NEW, h() + one, 0x600); ask("again, not exclusive", NEW, h() + one, 0x400); ask("again, replaced", NEW, h() + one, 0x500)
ask("no header", NEW, b""); ask("half a header", NEW, b"\2\30\0\0"); ask("no local", NEW, h() + at(ADDR, addr("10.0.1.1")), 0x600); ask("no address", NEW, h() + at(LOCAL, addr("10.0.1.1")), 0x600)
ask("prefix 33", NEW, h(plen=33) + one, 0x600); ask("no device", NEW, h(index=0) + one, 0x600); ask("nobody's device", NEW, h(index=99) + one, 0x600); ask("device -1", NEW, h(index=-1) + one, 0x600); ask("family 0", NEW, h(family=0) + one, 0x600); ask("family 77", NEW, h(family=77) + one, 0x600)
for k, name in ((LOCAL, "local"), (ADDR, "address"), (BRD, "broadcast"), (FLAGS, "flags"), (PRIO, "metric"), (CACHE, "lifetimes"), (PROTO, "proto")):
    for n in (0, 1, 3, 5, 8, 16): ask("%s of %d bytes" % (name, n), NEW, h() + at(LOCAL, addr("10.0.9.%d" % n)) + at(k, b"\1" * n), 0x600)
for n in (0, 1, 15, 16, 17): ask("label of %d" % n, NEW, h() + at(LOCAL, addr("10.0.3.%d" % (n + 1))) + at(LABEL, b"x" * n + b"\0"), 0x600)
ask("label without end", NEW, h() + at(LOCAL, addr("10.0.4.1")) + at(LABEL, b"abc"), 0x600)
for v, p in ((0, 0), (5, 6), (6, 5), (1, 0), (0xffffffff, 5), (5, 0xffffffff)): ask("lifetimes %d %d" % (v, p), NEW, h() + at(LOCAL, addr("10.0.5.%d" % (v % 250 + 1))) + at(CACHE, struct.pack("IIII", p, v, 0, 0)), 0x600)
for f in (0, 1, 2, 0x80, 0x100, 0x200, 0x400, 0x800, 0x1000): ask("flags %#x" % f, NEW, h() + at(LOCAL, addr("10.0.6.%d" % (f % 251 + 1))) + at(FLAGS, f), 0x600)
ask("header's flags", NEW, h(flags=0x80) + at(LOCAL, addr("10.0.7.1")), 0x600); ask("scope 253", NEW, h(scope=253) + at(LOCAL, addr("10.0.7.2")), 0x600); ask("scope host in a net of scope global", NEW, h(scope=254) + at(LOCAL, addr("10.0.0.7")), 0x600)
ask("a group", NEW, h() + at(LOCAL, addr("224.0.0.9")), 0x600); ask("0.0.0.0", NEW, h() + at(LOCAL, addr("0.0.0.0")), 0x600); ask("255.255.255.255", NEW, h(plen=32) + at(LOCAL, addr("255.255.255.255")), 0x600)
ask("an unknown attribute", NEW, h() + at(LOCAL, addr("10.0.8.1")) + at(77, 1), 0x600); ask("an attribute too long", NEW, h() + at(LOCAL, addr("10.0.8.2")) + struct.pack("HH", 40, 1), 0x600); ask("an attribute of length 2", NEW, h() + at(LOCAL, addr("10.0.8.3")) + struct.pack("HH", 2, 1), 0x600); ask("bytes behind", NEW, h() + at(LOCAL, addr("10.0.8.4")) + b"\1\2", 0x600); ask("nested flag", NEW, h() + at(LOCAL | 0x8000, addr("10.0.8.5")), 0x600)
ask("proto 5", NEW, h() + at(LOCAL, addr("10.0.8.6")) + at(PROTO, b"\5"), 0x600); ask("metric 7", NEW, h() + at(LOCAL, addr("10.0.10.1")) + at(PRIO, 7), 0x600)
ask("target netns nobody's", NEW, h() + at(LOCAL, addr("10.0.8.7")) + at(10, 5), 0x600)
for what, body in (("no local", h() + at(ADDR, addr("10.0.0.1"))), ("another prefix", h(plen=25) + one), ("another label", h() + one + at(LABEL, "d1")), ("another peer", h() + at(LOCAL, addr("10.0.0.1")) + at(ADDR, addr("10.0.0.2"))), ("another device", h(index=D1) + one), ("no device", h(index=99) + one), ("right", h() + one), ("gone", h() + one)): ask("delete: " + what, DEL, body)
for what, body in (("all", h(plen=0, index=0)), ("with a prefix", h(index=0)), ("a device", h(plen=0)), ("nobody's", h(plen=0, index=99)), ("no header", b""), ("an attribute", h(plen=0) + at(LOCAL, addr("10.0.0.1"))), ("nsid", h(plen=0) + at(10, 5)), ("family 77", h(family=77, plen=0))):
    for strict in (0, 1): s.setsockopt(270, 12, strict); ask("dump%s: %s" % (" strictly" if strict else "", what), GET, body, 0x300)
ask("get", GET, h())
P
python3 p.py; ip -o addr show dev d0 | sed 's/ \+/ /g; s/_lft [0-9]*sec/_lft Nsec/g'
