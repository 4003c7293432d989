# RTM_NEWADDR, RTM_DELADDR and RTM_GETADDR as messages: headers, attributes short, long and out of range, flags; with the error, its text
# and its place.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; ip link add d0 address 02:00:00:00:00:0d type dummy; ip link set d0 up; ip link add d1 type dummy
cat >p.py <<'P'
import functools, socket, struct
from rtnetlink import GET_STRICT_CHK, attr as at, connect
from rtnetlink_ask import ask_all
s = connect(GET_STRICT_CHK); ask = functools.partial(ask_all, s)
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
