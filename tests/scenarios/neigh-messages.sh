# RTM_NEWNEIGH, RTM_DELNEIGH and RTM_GETNEIGH as messages: headers, attributes short, long and out of range, states, flags; with
# the error, its text and its place.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; ip link add d0 address 02:00:00:00:00:0d type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0; ip link add d1 type dummy
cat >p.py <<'P'
import functools, socket, struct
from rtnetlink import GET_STRICT_CHK, attr as at, connect
from rtnetlink_ask import ask_all
s = connect(GET_STRICT_CHK); ask = functools.partial(ask_all, s)
def addr(a): return socket.inet_aton(a)
D0, D1 = socket.if_nametoindex("d0"), socket.if_nametoindex("d1"); NEW, DEL, GET = 28, 29, 30; DST, LL, CACHE, PROBES, VLAN, PORT, IFINDEX, MASTER, PROTO, FLAGS = 1, 2, 3, 4, 5, 6, 8, 9, 12, 15
def h(family=2, index=D0, state=0x80, flags=0, kind=0): return struct.pack("BxHiHBB", family, 0, index, state, flags, kind)
mac = bytes.fromhex("020000000001"); C = 0x400; E = 0x200; R = 0x100
def d(n): return at(DST, addr("10.0.0.%d" % n))
ask("an entry", NEW, h() + d(2) + at(LL, mac), C | E); ask("again, exclusive", NEW, h() + d(2) + at(LL, mac), C | E); ask("again", NEW, h() + d(2) + at(LL, mac), C); ask("without create", NEW, h() + d(3) + at(LL, mac)); ask("another address, not replaced", NEW, h() + d(2) + at(LL, bytes.fromhex("020000000009")), C); ask("replaced", NEW, h() + d(2) + at(LL, bytes.fromhex("020000000008")), R)
ask("no header", NEW, b"", C); ask("half a header", NEW, b"\2\0\0\0", C); ask("no destination", NEW, h() + at(LL, mac), C); ask("no lladdr", NEW, h() + d(4), C); ask("no device", NEW, h(index=0) + d(4) + at(LL, mac), C); ask("nobody's", NEW, h(index=99) + d(4) + at(LL, mac), C); ask("device -1", NEW, h(index=-1) + d(4) + at(LL, mac), C); ask("family 0", NEW, h(family=0) + d(4) + at(LL, mac), C); ask("family 77", NEW, h(family=77) + d(4) + at(LL, mac), C); ask("a device that is down", NEW, h(index=D1) + d(4) + at(LL, mac), C); ask("lo", NEW, h(index=1) + d(4) + at(LL, mac), C)
for n in (0, 3, 5, 16, 33): ask("destination of %d" % n, NEW, h() + at(DST, b"\12" * n) + at(LL, mac), C)
for n in (0, 3, 5, 7, 32, 33): ask("lladdr of %d" % n, NEW, h() + d(5) + at(LL, b"\2" * n), C)
for st in (0, 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80, 0xc0, 0x100, 0xffff): ask("state %#x" % st, NEW, h(state=st) + d(10 + st % 200) + at(LL, mac), C); ask("state %#x without lladdr" % st, NEW, h(state=st) + d(10 + st % 200), C)
for f in (1, 2, 4, 8, 0x10, 0x20, 0x40, 0x80): ask("flags %#x" % f, NEW, h(flags=f, state=2) + d(220 + f % 30) + at(LL, mac), C)
for f in (1, 2, 4, 0x80000000): ask("extended flags %#x" % f, NEW, h(state=2) + d(210) + at(LL, mac) + at(FLAGS, f), C)
for n in (0, 1, 2, 4): ask("protocol of %d" % n, NEW, h() + d(6) + at(LL, mac) + at(PROTO, b"\5" * n), C)
ask("managed, permanent", NEW, h() + d(7) + at(LL, mac) + at(FLAGS, 1), C); ask("an unknown attribute", NEW, h() + d(7) + at(LL, mac) + at(77, 1), C); ask("type 5", NEW, h(kind=5) + d(8) + at(LL, mac), C); ask("a group", NEW, h() + at(DST, addr("224.0.0.9")) + at(LL, mac), C); ask("0.0.0.0", NEW, h() + at(DST, addr("0.0.0.0")) + at(LL, mac), C)
ask("a proxy", NEW, h(flags=8) + d(9), C); ask("again", NEW, h(flags=8) + d(9), C | E); ask("a proxy with router", NEW, h(flags=0x88) + d(9), C)
for what, b in (("no entry", h() + d(199)), ("no destination", h()), ("short destination", h() + at(DST, b"\1")), ("no device", h(index=0) + d(2)), ("nobody's", h(index=99) + d(2)), ("a proxy", h(flags=8) + d(9)), ("gone", h(flags=8) + d(9)), ("family 77", h(family=77) + d(2)), ("right", h() + d(2)), ("gone", h() + d(2))): ask("delete: " + what, DEL, b)
for what, b in (("one", h(state=0) + d(5)), ("nobody", h(state=0) + d(198)), ("no destination", h(state=0)), ("no device", h(state=0, index=0) + d(5)), ("with a state", h() + d(5)), ("lladdr", h(state=0) + d(5) + at(LL, mac)), ("short", h(state=0) + at(DST, b"\1")), ("a proxy that is not", h(state=0, flags=8) + d(5))): ask("get: " + what, GET, b)
for what, b in (("by device", h(state=0, index=0) + at(IFINDEX, D1)), ("by nobody", h(state=0, index=0) + at(IFINDEX, 99)), ("by master", h(state=0, index=0) + at(MASTER, D0)), ("an index in the header", h(state=0)), ("a state", h(index=0)), ("proxies", h(state=0, index=0, flags=8)), ("other flags", h(state=0, index=0, flags=2)), ("a destination", h(state=0, index=0) + d(5)), ("no header", b"")): s.setsockopt(270, 12, 1); ask("dump: " + what, GET, b, 0x300)
P
python3 p.py | sed 's/\(message 28, \)*message 28/messages 28/'; ip neigh show dev d0 | sort
