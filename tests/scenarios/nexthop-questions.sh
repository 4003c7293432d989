# RTM_DELNEXTHOP, RTM_GETNEXTHOP, RTM_GETNEXTHOPBUCKET and their dumps with every part wrong in turn: errno, text,
# attribute, and how many messages come back.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d0 up
ip link set d1 up
ip addr add 10.0.0.1/24 dev d0
ip nexthop add id 1 via 10.0.0.2 dev d0 proto 7
ip nexthop add id 2 dev d1
ip nexthop add id 3 blackhole
ip nexthop add id 4 via 10.0.0.4 fdb
ip nexthop add id 5 group 1
ip nexthop add id 6 group 1/2 type resilient buckets 4
ip nexthop add id 7 group 4 fdb
ip nexthop add id 8 group 2 type resilient buckets 2 proto 7
cat >/tmp/nexthop-questions.$$.py <<'PY'
import socket, struct
from rtnetlink import CAP_ACK, attr, attrs, connect, request, words
DEL, GET, GETB = 105, 106, 118
DUMP = 0x300
ID, GROUP, GTYPE, BLACKHOLE, OIF, GATEWAY, ENCAP_TYPE, ENCAP, GROUPS, MASTER, FDB, RES, BUCKET = range(1, 14)
NESTED = 0x8000
D0, D1 = socket.if_nametoindex("d0"), socket.if_nametoindex("d1")
s = connect(CAP_ACK)
def u16(t, v): return attr(t, struct.pack("H", v))
def u32(t, v): return attr(t, struct.pack("I", v))
def bucket(*inner): return attr(BUCKET | NESTED, b"".join(inner))

def ask(what, kind, body=b"", flags=0, family=0, scope=0, proto=0, resvd=0, nhflags=0, head=None):
    if head is None:
        head = struct.pack("BBBBI", family, scope, proto, resvd, nhflags)
    *found, end = request(s, kind, flags, head + body)
    answers = []
    for t, f, b in found:
        a = {k & 0x3fff: v for k, v in attrs(b[8:])}
        nhid, = struct.unpack("I", a[ID])
        answers.append("%d.%d" % (nhid, struct.unpack("H", a[BUCKET][4:6])[0]) if BUCKET in a else "%d" % nhid)
        last = (t, f, b[:8].hex(), ["%d:%s" % (k, "-" if k in (BUCKET, RES) else a[k].hex()) for k in a])
    print("%s: %s%s" % (what, words(end), " [" + " ".join(answers) + "]" if answers else ""))
    if len(answers) == 1: print("   type %d flags %#x header %s" % last[:3], *last[3])

both = ((DEL, "del"), (GET, "get"))
for kind, name in both:
    print("==", name)
    ask("short header", kind, head=b"\0\0\0")
    ask("no id", kind)
    ask("id 0", kind, u32(ID, 0))
    ask("none such", kind, u32(ID, 77))
    ask("family", kind, u32(ID, 77), family=2)
    ask("scope", kind, u32(ID, 1), scope=1)
    ask("protocol", kind, u32(ID, 1), proto=7)
    ask("reserved", kind, u32(ID, 1), resvd=1)
    ask("flags", kind, u32(ID, 1), nhflags=4)
    ask("id of 2 bytes", kind, u16(ID, 1))
    for t in (GROUP, OIF, GROUPS, FDB, BUCKET, 14, 20): ask("attribute %d" % t, kind, u32(ID, 1) + u32(t, 1))
    ask("trailing", kind, u32(ID, 1) + b"\1\2\3")
for i in range(1, 9): ask("get %d" % i, GET, u32(ID, i))
print("== dump")
def dump(what, body=b"", **k): ask(what, GET, body, flags=DUMP, **k)
dump("all")
dump("short header", head=b"\0")
dump("family inet", family=2)
dump("family inet6", family=10)
dump("family 99", family=99)
dump("scope", scope=1)
dump("protocol", proto=7)
dump("reserved", resvd=1)
dump("flags", nhflags=1)
dump("dev d0", u32(OIF, D0))
dump("dev d1", u32(OIF, D1))
dump("dev lo", u32(OIF, 1))
dump("dev 0", u32(OIF, 0))
dump("dev 9999", u32(OIF, 9999))
dump("dev 0x80000000", u32(OIF, 0x80000000))
dump("dev of 2 bytes", u16(OIF, 1))
dump("master d0", u32(MASTER, D0))
dump("master 0", u32(MASTER, 0))
dump("master 9999", u32(MASTER, 9999))
dump("master 0xffffffff", u32(MASTER, 0xffffffff))
dump("groups", attr(GROUPS))
dump("groups of family inet", attr(GROUPS), family=2)
dump("groups of dev d0", attr(GROUPS) + u32(OIF, D0))
dump("groups with a value", u32(GROUPS, 1))
dump("fdb", attr(FDB))
dump("fdb of dev d0", attr(FDB) + u32(OIF, D0))
for t in (ID, GROUP, GTYPE, BLACKHOLE, GATEWAY, BUCKET, 14, 20): dump("attribute %d" % t, u32(t, 1))
print("== get bucket")
def getb(what, body=b"", **k): ask(what, GETB, body, **k)
getb("nothing")
getb("no bucket", u32(ID, 6))
getb("no id", bucket(u16(1, 0)))
getb("id 0", u32(ID, 0) + bucket(u16(1, 0)))
getb("bucket empty", u32(ID, 6) + bucket())
getb("bucket not nested", u32(ID, 6) + attr(BUCKET, u16(1, 0)))
getb("index of 4 bytes", u32(ID, 6) + bucket(u32(1, 0)))
getb("other attributes inside", u32(ID, 6) + bucket(u16(1, 0), u32(2, 0)))
getb("nhid inside", u32(ID, 6) + bucket(u16(1, 0), u32(3, 1)))
getb("none such", u32(ID, 77) + bucket(u16(1, 0)))
getb("not a group", u32(ID, 1) + bucket(u16(1, 0)))
getb("not resilient", u32(ID, 5) + bucket(u16(1, 0)))
getb("out of bounds", u32(ID, 6) + bucket(u16(1, 4)))
getb("family", u32(ID, 6) + bucket(u16(1, 0)), family=2)
getb("protocol", u32(ID, 6) + bucket(u16(1, 0)), proto=7)
getb("scope", u32(ID, 6) + bucket(u16(1, 0)), scope=7)
getb("other attribute", u32(ID, 6) + bucket(u16(1, 0)) + u32(OIF, 1))
getb("it", u32(ID, 6) + bucket(u16(1, 3)))
getb("of protocol 7", u32(ID, 8) + bucket(u16(1, 1)))
print("== dump buckets")
def dumpb(what, body=b"", **k): ask(what, GETB, body, flags=DUMP, **k)
dumpb("all")
dumpb("short header", head=b"\0\0")
dumpb("family inet", family=2)
dumpb("protocol", proto=7)
dumpb("scope", scope=7)
dumpb("flags", nhflags=7)
dumpb("id", u32(ID, 6))
dumpb("id 0", u32(ID, 0))
dumpb("none such", u32(ID, 77))
dumpb("not a group", u32(ID, 1))
dumpb("not resilient", u32(ID, 5))
dumpb("dev d0", u32(OIF, D0))
dumpb("dev d1", u32(OIF, D1))
dumpb("dev 9999", u32(OIF, 9999))
dumpb("dev 0x80000000", u32(OIF, 0x80000000))
dumpb("master d0", u32(MASTER, D0))
dumpb("master 0x80000000", u32(MASTER, 0x80000000))
dumpb("id and dev", u32(ID, 6) + u32(OIF, D1))
dumpb("nexthop 2", bucket(u32(3, 2)))
dumpb("nexthop 1 of 8", u32(ID, 8) + bucket(u32(3, 1)))
dumpb("nexthop 0", bucket(u32(3, 0)))
dumpb("nexthop 77", bucket(u32(3, 77)))
dumpb("bucket empty", bucket())
dumpb("bucket with index", bucket(u16(1, 1)))
dumpb("nexthop of 2 bytes", bucket(u16(3, 1)))
dumpb("bucket not nested", attr(BUCKET, u32(3, 2)))
for t in (GROUP, GROUPS, FDB, RES, 14): dumpb("attribute %d" % t, u32(t, 1))
PY
python3 /tmp/nexthop-questions.$$.py
rm /tmp/nexthop-questions.$$.py
