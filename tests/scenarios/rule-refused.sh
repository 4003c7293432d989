# What messages about rules are refused by: each attribute short and out of range, actions, contradictions; with the error,
# its text and the offset of what it is about. And which rule a deletion takes.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up
cat >nl.py <<'P'
import functools, struct
import rtnetlink_ask
from packets import addr as ip
from rtnetlink import CAP_ACK, attr as A, connect
ask = functools.partial(rtnetlink_ask.ask, connect(CAP_ACK))
NEW, DEL = 32, 33
EXCL = 0x600
def ru(table=0, action=1, dl=0, sl=0, tos=0, flags=0, family=2, r1=0, r2=0): return struct.pack("BBBBBBBBI", family, dl, sl, tos, table, r1, r2, action, flags)
pref = A(6, 500)
def new(what, body, flags=EXCL): ask(what, NEW, flags, body); ask("   deleted:", DEL, 0, body)
new("plain", ru(7) + pref); new("no header", b""); new("half a header", ru(7)[:6]); new("no table", ru() + pref); new("table attr", ru() + pref + A(15, 1234567)); new("table 255", ru(255) + pref); new("family 0", ru(7, family=0) + pref); new("family 10", ru(7, family=10) + pref); new("family 99", ru(7, family=99) + pref); new("reserved", ru(7, r1=1, r2=2) + pref)
for a in range(0, 12): new("action %d" % a, ru(7, action=a) + pref); new("action %d, no table" % a, ru(0, action=a) + pref)
for k in (1, 2, 3, 4, 6, 10, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 60): new("attribute %d short" % k, ru(7) + pref + A(k, b"\1")); new("attribute %d empty" % k, ru(7) + pref + A(k, b"")); new("attribute %d long" % k, ru(7) + pref + A(k, b"\1" * 32))
new("source without length", ru(7) + pref + A(2, ip("10.0.0.0"))); new("length without source", ru(7, sl=8) + pref); new("source length 33", ru(7, sl=33) + pref + A(2, ip("10.0.0.0"))); new("source, host bits", ru(7, sl=8) + pref + A(2, ip("10.1.2.3"))); new("destination length 33", ru(7, dl=33) + pref + A(1, ip("10.0.0.0"))); new("destination of 16 bytes", ru(7, dl=8) + pref + A(1, bytes(16))); new("destination of 5 bytes", ru(7, dl=8) + pref + A(1, bytes(5)))
for t in (1, 2, 3, 4, 0x10, 0x1c, 0x1e, 0x20, 0x80, 0xfc): new("tos %#x" % t, ru(7, tos=t) + pref)
for f in (1, 2, 4, 8, 16, 0x10000, 0xffffffff): new("flags %#x" % f, ru(7, flags=f) + pref)
new("iif of 15", ru(7) + pref + A(3, b"a" * 15 + b"\0")); new("iif of 16", ru(7) + pref + A(3, b"a" * 16 + b"\0")); new("iif, no end", ru(7) + pref + A(3, b"d0")); new("oif", ru(7) + pref + A(17, b"d0\0")); new("iif lo, oif d0", ru(7) + pref + A(3, b"lo\0") + A(17, b"d0\0"))
new("mark", ru(7) + pref + A(10, 5)); new("mark 0", ru(7) + pref + A(10, 0)); new("mask alone", ru(7) + pref + A(16, 0xf)); new("mark outside its mask", ru(7) + pref + A(10, 0xff) + A(16, 0xf)); new("realms", ru(7) + pref + A(11, 0x30004)); new("tunnel", ru(7) + pref + A(12, struct.pack("!Q", 7)))
for v in (0, 1, 2, 255): new("l3mdev %d" % v, ru(0) + pref + A(19, struct.pack("B", v)))
new("l3mdev and table", ru(7) + pref + A(19, b"\1")); new("l3mdev, unreachable", ru(0, action=7) + pref + A(19, b"\1"))
def rng(a, b): return struct.pack("II", a, b)
for a, b in ((0, 0), (5, 5), (9, 3), (0, 0xffffffff), (0xffffffff, 0xffffffff), (5, 0xffffffff)): new("uids %d-%d" % (a, b), ru(7) + pref + A(20, rng(a, b)))
def ports(a, b): return struct.pack("HH", a, b)
for a, b in ((0, 0), (5, 5), (9, 3), (0, 9), (1, 65535), (1, 65534), (65535, 65535)): new("ports %d-%d" % (a, b), ru(7) + pref + A(23, ports(a, b))); new("to ports %d-%d" % (a, b), ru(7) + pref + A(24, ports(a, b)))
new("goto", ru(0, action=2) + pref + A(4, 600)); new("goto back", ru(0, action=2) + pref + A(4, 400)); new("goto itself", ru(0, action=2) + pref + A(4, 500)); new("goto without", ru(0, action=2) + pref); new("target without goto", ru(7) + pref + A(4, 600)); new("goto and table", ru(7, action=2) + pref + A(4, 600)); new("goto main", ru(0, action=2) + pref + A(4, 32766)); new("nop with table", ru(7, action=3) + pref)
for v in (0, 8, 32, 33, 0xffffffff): new("suppress length %d" % v, ru(7) + pref + A(14, v)); new("suppress group %d" % v, ru(7) + pref + A(13, v)); new("suppress length %d, unreachable" % v, ru(0, action=7) + pref + A(14, v))
new("protocol 0", ru(7) + pref + A(21, b"\0")); new("protocol 4", ru(7) + pref + A(21, b"\4")); new("ip protocol 0", ru(7) + pref + A(22, b"\0")); new("ip protocol 255", ru(7) + pref + A(22, b"\xff")); new("priority 0", ru(7) + A(6, 0)); new("priority 4294967295", ru(7) + A(6, 0xffffffff))
print("# again, and other flags")
for f, n in ((0, "nothing"), (0x400, "create"), (0x200, "excl"), (0x600, "create excl"), (0x100, "replace"), (0x800, "append")): ask("flags: " + n, NEW, f, ru(7) + pref); ask("   again", NEW, f, ru(7) + pref); ask("   deleted", DEL, 0, ru(7) + pref); ask("   deleted", DEL, 0, ru(7) + pref)
print("# which one goes")
for body in (ru(7) + A(6, 100), ru(8) + A(6, 100), ru(7, sl=8) + A(6, 101) + A(2, ip("10.0.0.0")), ru(7) + A(6, 102) + A(10, 5), ru(7) + A(6, 103) + A(3, b"d0\0"), ru(0, 7) + A(6, 104)): ask("made", NEW, EXCL, body)
ask("by table 9", DEL, 0, ru(9, 0)); ask("by table 8", DEL, 0, ru(8, 0)); ask("by mark", DEL, 0, ru(0, 0) + A(10, 5)); ask("by mark 6", DEL, 0, ru(0, 0) + A(10, 6)); ask("by iif", DEL, 0, ru(0, 0) + A(3, b"d0\0")); ask("by source", DEL, 0, ru(0, 0, sl=8) + A(2, ip("10.0.0.0"))); ask("by action", DEL, 0, ru(0, 7)); ask("by nothing", DEL, 0, ru(0, 0)); ask("by priority 0, table 9", DEL, 0, ru(9, 0) + A(6, 0))
P
python3 nl.py; ip rule
