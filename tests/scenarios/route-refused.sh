# What messages about routes are refused by: attributes too short, of unknown types, contradictory; with the error, its
# text and the offset of the attribute that it is about.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0; ip link add d1 address 02:00:00:00:00:d1 type dummy
ip nexthop add id 5 via 10.0.0.3 dev d0; ip nexthop add id 6 blackhole
cat >nl.py <<'P'
import functools, struct
import rtnetlink_ask
from packets import addr as ip
from rtnetlink import CAP_ACK, attr as A, connect
ask = functools.partial(rtnetlink_ask.ask, connect(CAP_ACK))
NEW, DEL, GET = 24, 25, 26
CREATE, REPLACE, EXCL, APPEND = 0x400, 0x100, 0x200, 0x800
def rt(dl=16, tos=0, table=254, proto=4, scope=0, kind=1, flags=0, family=2, sl=0): return struct.pack("BBBBBBBBI", family, dl, sl, tos, table, proto, scope, kind, flags)
d = A(1, ip("10.9.0.0")); gw = A(5, ip("10.0.0.2")); oif = A(4, int(open("/sys/class/net/d0/ifindex").read())); oif1 = A(4, int(open("/sys/class/net/d1/ifindex").read()))
def new(what, body, flags=CREATE | EXCL): ask(what, NEW, flags, body); ask("", DEL, 0, rt(32, 0, 0, 0, 255, 0) + A(1, ip("240.0.0.1"))) if 0 else None; ask("   deleted:", DEL, 0, body)
new("plain", rt() + d + gw); new("no header", b""); new("half a header", rt()[:8]); new("no attributes", rt()); new("length 33", rt(33) + d + gw); new("host bits", rt(8) + d + gw); new("tos 3", rt(tos=3) + d + gw)
for k in (0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99, 255): new("type %d" % k, rt(kind=k) + d + oif)
for k in (0, 2, 3, 4, 5, 6, 7, 8, 9, 12): new("type %d with gateway" % k, rt(kind=k) + d + gw)
for c in (0, 1, 100, 199, 200, 252, 253, 254, 255): new("scope %d by device" % c, rt(scope=c) + d + oif); new("scope %d by gateway" % c, rt(scope=c) + d + gw); new("scope %d, local" % c, rt(scope=c, kind=2) + d + oif)
for f in (1, 2, 4, 8, 16, 32, 64, 0x200, 0x400, 0x1000, 0x2000, 0x4000, 0x8000): new("flag %#x" % f, rt(flags=f) + d + gw); new("flag %#x, onlink device" % f, rt(flags=f) + d + A(5, ip("172.16.0.1")) + oif)
for fam in (0, 1, 10, 7, 28, 99): new("family %d" % fam, rt(family=fam) + d + gw)
new("source length", rt(sl=8) + d + A(2, ip("10.0.0.0")) + gw); new("source", rt() + d + A(2, ip("10.0.0.0")) + gw); new("table 0", rt(table=0) + d + gw); new("table attr 0", rt(table=7) + d + gw + A(15, 0)); new("table attr", rt(table=0) + d + gw + A(15, 1234567))
for k in (1, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 18, 25, 30): new("attribute %d short" % k, rt() + d + gw + A(k, b"\1")); new("attribute %d long" % k, rt() + d + gw + A(k, b"\1" * 12))
new("unknown attribute", rt() + d + gw + A(60, 1)); new("unknown, nested flag", rt() + d + gw + A(0x8000 | 60, 1)); new("pad", rt() + d + gw + A(0, 1))
new("no such device", rt() + d + A(4, 99)); new("device down", rt() + d + oif1); new("device 0", rt() + d + A(4, 0)); new("device -1", rt() + d + A(4, 0xffffffff)); new("gateway 0", rt() + d + A(5, 0)); new("gateway 0 and device", rt() + d + A(5, 0) + oif); new("two gateways", rt() + d + gw + A(5, ip("10.0.0.7")))
new("gateway own", rt() + d + A(5, ip("10.0.0.1"))); new("gateway broadcast", rt() + d + A(5, ip("10.0.0.255"))); new("gateway multicast", rt() + d + A(5, ip("224.0.0.1"))); new("gateway far", rt() + d + A(5, ip("9.9.9.9"))); new("gateway by other device", rt() + d + gw + oif1)
via = lambda fam, a: A(18, struct.pack("H", fam) + a)
new("via", rt() + d + via(2, ip("10.0.0.2"))); new("via and gateway", rt() + d + gw + via(2, ip("10.0.0.2"))); new("via short", rt() + d + via(2, b"\1\2")); new("via long", rt() + d + via(2, bytes(8))); new("via inet6", rt() + d + via(10, bytes(16)) + oif); new("via inet6 short", rt() + d + via(10, bytes(4)) + oif); new("via family 28", rt() + d + via(28, bytes(4)))
def nh(hops=0, flags=0, index=0, body=b"", length=None): return struct.pack("HBBi", 8 + len(body) if length is None else length, flags, hops, index) + body
new("multipath", rt() + d + A(9, nh(0, 0, 0, gw) + nh(0, 0, 0, A(5, ip("10.0.0.3"))))); new("multipath of one", rt() + d + A(9, nh(0, 0, 0, gw))); new("multipath empty", rt() + d + A(9, b"")); new("multipath, length 0", rt() + d + A(9, nh(length=0))); new("multipath, length 7", rt() + d + A(9, nh(length=7))); new("multipath, too long", rt() + d + A(9, nh(length=80)))
new("multipath, trailing", rt() + d + A(9, nh(0, 0, 0, gw) + b"\0\0\0\0")); new("multipath, gateway short", rt() + d + A(9, nh(0, 0, 0, A(5, b"\1\2")))); new("multipath, gateway and via", rt() + d + A(9, nh(0, 0, 0, gw + via(2, ip("10.0.0.3"))))); new("multipath and gateway", rt() + d + gw + A(9, nh(0, 0, 0, gw))); new("multipath and other gateway", rt() + d + A(5, ip("10.0.0.9")) + A(9, nh(0, 0, 0, gw)))
new("multipath and device", rt() + d + A(4, 99) + A(9, nh(0, 0, 0, gw))); new("multipath, dead", rt() + d + A(9, nh(0, 1, 0, gw))); new("multipath, linkdown", rt() + d + A(9, nh(0, 16, 0, gw))); new("multipath, onlink", rt() + d + A(9, nh(0, 4, struct.unpack("I", oif[4:])[0], A(5, ip("9.9.9.9"))))); new("multipath, weight 256", rt() + d + A(9, nh(255, 0, 0, gw)))
new("multipath, blackhole", rt(kind=6) + d + A(9, nh(0, 0, 0, gw))); new("multipath, local", rt(kind=2, scope=254) + d + A(9, nh(0, 0, 0, gw))); new("multipath of dead devices", rt() + d + A(9, nh(0, 0, struct.unpack("I", oif1[4:])[0]))); new("multipath, encap", rt() + d + A(9, nh(0, 0, 0, gw + A(21, struct.pack("H", 4)) + A(22, b"")))); new("multipath, flow", rt() + d + A(9, nh(0, 0, 0, gw + A(11, 5)))); new("multipath, unknown attr", rt() + d + A(9, nh(0, 0, 0, gw + A(60, 5))))
new("nexthop", rt() + d + A(30, 5)); new("nexthop and gateway", rt() + d + A(30, 5) + gw); new("nexthop and device", rt() + d + A(30, 5) + oif); new("no such nexthop", rt() + d + A(30, 55)); new("nexthop 0", rt() + d + A(30, 0) + gw); new("blackhole nexthop", rt() + d + A(30, 6)); new("nexthop, scope 253", rt(scope=253) + d + A(30, 5)); new("nexthop, type local", rt(kind=2) + d + A(30, 5)); new("nexthop and multipath", rt() + d + A(30, 5) + A(9, nh(0, 0, 0, gw)))
def mx(*a): return A(8, b"".join(a))
new("metrics empty", rt() + d + gw + mx()); new("metric 0", rt() + d + gw + mx(A(0, 5))); new("metric 17", rt() + d + gw + mx(A(17, 5))); new("metric 18", rt() + d + gw + mx(A(18, 5))); new("metric short", rt() + d + gw + mx(A(2, b"\1"))); new("metric long", rt() + d + gw + mx(A(2, b"\1" * 9))); new("features 2", rt() + d + gw + mx(A(12, 2))); new("features 15", rt() + d + gw + mx(A(12, 15))); new("hoplimit 256", rt() + d + gw + mx(A(10, 256)))
new("congestion", rt() + d + gw + mx(A(16, b"reno\0"))); new("congestion, no end", rt() + d + gw + mx(A(16, b"reno"))); new("congestion, unknown", rt() + d + gw + mx(A(16, b"nosuch\0"))); new("congestion, empty", rt() + d + gw + mx(A(16, b"\0"))); new("congestion, long", rt() + d + gw + mx(A(16, b"a" * 20 + b"\0"))); new("metrics, flag nested", rt() + d + gw + A(0x8008, A(2, 1400))); new("metric cut", rt() + d + gw + A(8, struct.pack("HH", 9, 2)))
for f, n in ((0, "nothing"), (CREATE, "create"), (REPLACE, "replace"), (EXCL, "excl"), (APPEND, "append"), (CREATE | REPLACE, "create replace"), (CREATE | EXCL | REPLACE, "create excl replace"), (CREATE | APPEND, "create append"), (REPLACE | APPEND, "replace append")):
    ask("flags: " + n, NEW, f, rt() + d + gw); ask("flags: " + n + " again", NEW, f, rt() + d + gw); ask("flags: " + n + ", other", NEW, f, rt() + d + A(5, ip("10.0.0.7"))); ask("   deleted", DEL, 0, rt() + d); ask("   deleted", DEL, 0, rt() + d)
for k, what in ((0, "dst"),): ask("del from absent table", DEL, 0, rt(table=77) + d); ask("del nothing there", DEL, 0, rt() + A(1, ip("99.9.0.0"))); ask("del by nexthop", DEL, 0, rt() + d + A(30, 55)); ask("del, type 12", DEL, 0, rt(kind=12) + d); ask("del, length 40", DEL, 0, rt(40) + d); ask("del, tos 1", DEL, 0, rt(tos=1) + d)
P
python3 nl.py; ip route show table all
