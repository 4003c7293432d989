# RTM_NEWNEXTHOP with every part wrong in turn: errno, the extended ack's text, and the attribute it points at.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.0.3 dev d0
ip nexthop add id 3 blackhole
ip nexthop add id 4 via 10.0.0.4 fdb
ip nexthop add id 5 group 1
ip nexthop add id 6 group 1/2 type resilient buckets 4
ip nexthop add id 7 group 4 fdb
cat >/tmp/nexthop-attributes.$$.py <<'PY'
import socket, struct
from rtnetlink import CAP_ACK, attr, connect, request, words
NEW = 104
REPLACE, EXCL, CREATE, APPEND = 0x100, 0x200, 0x400, 0x800
ID, GROUP, GTYPE, BLACKHOLE, OIF, GATEWAY, ENCAP_TYPE, ENCAP, GROUPS, MASTER, FDB, RES, BUCKET = range(1, 14)
NESTED = 0x8000
D0, D1 = socket.if_nametoindex("d0"), socket.if_nametoindex("d1")
s = connect(CAP_ACK)
def u8(t, v): return attr(t, struct.pack("B", v))
def u16(t, v): return attr(t, struct.pack("H", v))
def u32(t, v): return attr(t, struct.pack("I", v))
def gw(a): return attr(GATEWAY, socket.inet_aton(a))
def grp(*entries):
    return attr(GROUP, b"".join(struct.pack("IBBH", *(e if isinstance(e, tuple) else (e, 0, 0, 0))) for e in entries))
def res(*attrs): return attr(RES | NESTED, b"".join(attrs))

def ask(what, body=b"", flags=CREATE | EXCL, family=2, scope=0, proto=0, resvd=0, nhflags=0, head=None):
    if head is None:
        head = struct.pack("BBBBI", family, scope, proto, resvd, nhflags)
    print("%s: %s" % (what, words(request(s, NEW, flags, head + body)[-1])))

dev = u32(OIF, D0)
print("== header")
ask("short header", head=b"\2\0\0\0")
ask("no header", head=b"")
ask("scope", u32(ID, 20) + dev, scope=253)
ask("reserved", u32(ID, 20) + dev, resvd=1)
ask("flag dead", u32(ID, 20) + dev, nhflags=1)
ask("flag linkdown", u32(ID, 20) + dev, nhflags=16)
ask("flag pervasive", u32(ID, 20) + dev, nhflags=2)
ask("onlink without gateway", u32(ID, 20) + dev, nhflags=4)
ask("family 0", u32(ID, 20) + dev, family=0)
ask("family inet6", u32(ID, 20) + dev, family=10)
ask("family inet6, gateway", u32(ID, 20) + dev + attr(GATEWAY, bytes(16)), family=10)
ask("family 7", u32(ID, 20) + dev, family=7)
ask("family 28", u32(ID, 20) + dev, family=28)
ask("family inet for a group", u32(ID, 20) + grp(1), family=2)
ask("protocol 99", u32(ID, 20) + dev, proto=99)
print("== attributes' sizes")
for t in (ID, OIF):
    for n in (0, 1, 3, 5, 8):
        ask("attribute %d of %d bytes" % (t, n), (dev if t == ID else u32(ID, 30)) + attr(t, bytes(n)))
ask("group of 0 bytes", u32(ID, 31) + attr(GROUP), family=0)
ask("group of 7 bytes", u32(ID, 31) + attr(GROUP, bytes(7)), family=0)
ask("group of 12 bytes", u32(ID, 31) + attr(GROUP, bytes(12)), family=0)
ask("group type of 1 byte", u32(ID, 31) + grp(1) + u8(GTYPE, 0), family=0)
ask("group type of 4 bytes", u32(ID, 31) + grp(1) + u32(GTYPE, 0), family=0)
ask("blackhole of 4 bytes", u32(ID, 31) + u32(BLACKHOLE, 1))
ask("fdb of 4 bytes", u32(ID, 31) + gw("10.0.0.9") + u32(FDB, 1))
for n in (0, 3, 5, 16): ask("gateway of %d bytes" % n, u32(ID, 31) + dev + attr(GATEWAY, bytes(n)))
ask("encap type of 1 byte", u32(ID, 31) + dev + u8(ENCAP_TYPE, 1))
ask("encap not nested", u32(ID, 31) + dev + u32(ENCAP, 1) + u16(ENCAP_TYPE, 1))
ask("res group not nested", u32(ID, 31) + grp(1) + u16(GTYPE, 1) + attr(RES, u16(1, 4)), family=0)
ask("trailing bytes", u32(ID, 31) + dev + b"\1\2")
print("== attributes that don't belong")
for t in (0, GROUPS, MASTER, BUCKET, 14, 15, 99): ask("attribute %d" % t, u32(ID, 32) + dev + u32(t, 1))
for t in (BUCKET, 14): ask("group with attribute %d" % t, u32(ID, 32) + grp(1) + u32(t, 1), family=0)
ask("attribute 0 of a group", u32(ID, 33) + grp(1) + u32(0, 1), family=0)
ask("oif with NLA_F_NESTED", u32(ID, 34) + u32(OIF | NESTED, D0))
print("== groups")
ask("reserved 1", grp((1, 0, 1, 0)), family=0)
ask("reserved 2", grp((1, 0, 0, 1)), family=0)
ask("weight 255", grp((1, 255, 0, 0)), family=0)
ask("weight 254", u32(ID, 40) + grp((1, 254, 0, 0)), family=0)
ask("twice", grp(1, 2, 1), family=0)
ask("twice, weight wrong behind", grp(1, 1, (2, 255, 0, 0)), family=0)
ask("none such", grp(77), family=0)
ask("id 0", grp(0), family=0)
ask("group type 2", grp(1) + u16(GTYPE, 2), family=0)
ask("group type 9, length wrong", attr(GROUP, bytes(3)) + u16(GTYPE, 9), family=0)
for what, a in (("blackhole", attr(BLACKHOLE)), ("oif", dev), ("gateway", gw("10.0.0.2")), ("encap type", u16(ENCAP_TYPE, 1)),
                ("encap", attr(ENCAP | NESTED)), ("fdb", attr(FDB)), ("res", res(u16(1, 4)))):
    ask("group with " + what, u32(ID, 41) + grp(1) + a, family=0)
ask("groups in groups", grp(5), family=0)
ask("resilient in groups", grp(6), family=0)
ask("fdb group in a group", grp(7), family=0)
ask("fdb group in an fdb group", grp(7) + attr(FDB), family=0)
ask("blackhole with another", grp(3, 1), family=0)
ask("blackhole behind another", grp(1, 3), family=0)
ask("blackhole alone", u32(ID, 42) + grp(3), family=0)
ask("blackhole in fdb group", grp(3) + attr(FDB), family=0)
ask("fdb in ordinary", grp(4), family=0)
ask("ordinary in fdb", grp(4, 1) + attr(FDB), family=0)
ask("none such behind fdb in ordinary", grp(4, 77), family=0)
ask("group type without group", u32(ID, 43) + dev + u16(GTYPE, 0))
ask("group type 9 without group", u32(ID, 44) + dev + u16(GTYPE, 9))
ask("res without group", u32(ID, 45) + dev + res(u16(1, 4)))
print("== resilient groups")
T = u16(GTYPE, 1)
def resilient(what, *attrs): ask(what, u32(ID, 50) + grp(1, 2) + T + b"".join(attrs), family=0)
resilient("no res")
resilient("empty res", res())
resilient("buckets 0", res(u16(1, 0)))
resilient("only timers", res(u32(2, 100), u32(3, 100)))
resilient("attribute 0", res(u16(1, 4), u32(0, 1)))
resilient("attribute 4", res(u16(1, 4), attr(4, bytes(8))))
resilient("unbalanced time", res(u16(1, 4), attr(5, bytes(8))))
resilient("attribute 6", res(u16(1, 4), u32(6, 8)))
resilient("buckets of 1 byte", res(u8(1, 4)))
resilient("buckets of 4 bytes", res(u32(1, 4)))
resilient("idle timer of 2 bytes", res(u16(1, 4), u16(2, 4)))
resilient("unbalanced timer of 8 bytes", res(u16(1, 4), attr(3, bytes(8))))
resilient("fdb", res(u16(1, 4)), attr(FDB))
ask("fdb resilient", u32(ID, 51) + grp(4) + T + res(u16(1, 4)) + attr(FDB), family=0)
ask("type mpath with res", u32(ID, 52) + grp(1, 2) + u16(GTYPE, 0) + res(u16(1, 4)), family=0)
resilient("65535 buckets, timers of the largest", res(u16(1, 65535), u32(2, 0xffffffff), u32(3, 0xffffffff)))
print("== fdb")
ask("fdb alone", u32(ID, 60) + attr(FDB))
ask("fdb onlink", u32(ID, 60) + gw("10.0.0.2") + attr(FDB), nhflags=4)
ask("fdb and oif", u32(ID, 60) + dev + attr(FDB))
ask("fdb and blackhole", u32(ID, 60) + attr(BLACKHOLE) + attr(FDB))
ask("fdb and encap type", u32(ID, 60) + u16(ENCAP_TYPE, 1) + attr(FDB))
ask("fdb via anything", u32(ID, 61) + gw("255.255.255.255") + attr(FDB))
print("== blackhole")
for what, a in (("oif", dev), ("gateway", gw("10.0.0.2")), ("encap type", u16(ENCAP_TYPE, 1)), ("encap", attr(ENCAP | NESTED))):
    ask("blackhole with " + what, u32(ID, 62) + attr(BLACKHOLE) + a)
ask("blackhole onlink", u32(ID, 63) + attr(BLACKHOLE), nhflags=4)
ask("blackhole of inet6", u32(ID, 64) + attr(BLACKHOLE), family=10)
print("== device and gateway")
ask("nothing", u32(ID, 70))
ask("gateway alone", u32(ID, 70) + gw("10.0.0.2"))
ask("no such device", u32(ID, 70) + u32(OIF, 9999))
ask("device 0", u32(ID, 70) + u32(OIF, 0))
ask("device -1", u32(ID, 70) + u32(OIF, 0xffffffff))
ask("device down", u32(ID, 70) + u32(OIF, D1))
ask("gateway 0", u32(ID, 71) + dev + gw("0.0.0.0"))
ask("gateway 0 onlink", u32(ID, 72) + dev + gw("0.0.0.0"), nhflags=4)
ask("gateway not on link", u32(ID, 70) + dev + gw("10.9.0.2"))
ask("gateway multicast onlink", u32(ID, 70) + dev + gw("224.0.0.1"), nhflags=4)
ask("gateway broadcast", u32(ID, 70) + dev + gw("10.0.0.255"))
ask("gateway ours onlink", u32(ID, 70) + dev + gw("10.0.0.1"), nhflags=4)
ask("encap without type", u32(ID, 70) + dev + attr(ENCAP | NESTED, u32(1, 1)))
ask("encap type without encap", u32(ID, 70) + dev + u16(ENCAP_TYPE, 1))
ask("encap type 0", u32(ID, 70) + dev + u16(ENCAP_TYPE, 0) + attr(ENCAP | NESTED))
ask("encap type 99", u32(ID, 70) + dev + u16(ENCAP_TYPE, 99) + attr(ENCAP | NESTED))
print("== flags and ids")
ask("nothing to replace", u32(ID, 80) + dev, flags=REPLACE)
ask("replace without id", dev, flags=REPLACE | CREATE)
ask("replace id 0", u32(ID, 0) + dev, flags=REPLACE | CREATE)
ask("no create", u32(ID, 81) + dev, flags=0)
ask("append", u32(ID, 82) + dev, flags=CREATE | APPEND)
ask("exists, no flags", u32(ID, 1) + dev, flags=0)
ask("exists, create", u32(ID, 1) + dev, flags=CREATE)
ask("exists, exclusive and replace", u32(ID, 2) + dev, flags=CREATE | EXCL | REPLACE)
def replace(what, body, **k): ask("replace " + what, body, flags=REPLACE, **k)
replace("a nexthop by a group", u32(ID, 1) + grp(2), family=0)
replace("a group by a nexthop", u32(ID, 5) + dev)
replace("a group by a resilient one", u32(ID, 5) + grp(1) + T + res(u16(1, 4)), family=0)
replace("a resilient group by a group", u32(ID, 6) + grp(1), family=0)
replace("the number of buckets", u32(ID, 6) + grp(1) + T + res(u16(1, 5)), family=0)
replace("by one that is no fdb", u32(ID, 4) + dev)
replace("by an fdb", u32(ID, 1) + gw("10.0.0.7") + attr(FDB))
replace("by a blackhole", u32(ID, 1) + attr(BLACKHOLE))
ask("largest id", u32(ID, 0xffffffff) + dev)
PY
python3 /tmp/nexthop-attributes.$$.py
rm /tmp/nexthop-attributes.$$.py
ip nexthop | sed 's/unbalanced_time .*/unbalanced_time/'
