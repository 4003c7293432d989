# RTM_NEWNEIGH, RTM_DELNEIGH, RTM_GETNEIGH with every part wrong in turn: errno and the extended ack's text, and
# whether it points at an attribute.
. "$(dirname "$0")/kit/begin.sh"
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 dev d0
ip neigh add 10.0.0.51 lladdr 02:00:00:00:00:51 nud stale dev d0
ip neigh add proxy 10.0.0.60 dev d0
cat >/tmp/neigh-errors.$$.py <<'PY'
import socket, struct
from rtnetlink import CAP_ACK, attr, connect, request, words
NEW, DEL, GET = 28, 29, 30
EXCL, CREATE, REPLACE, DUMP, ROOT = 0x200, 0x400, 0x100, 0x300, 0x100
D0, D1, NONE, LO = socket.if_nametoindex("d0"), socket.if_nametoindex("d1"), 0, socket.if_nametoindex("lo")
PERM, STALE = 0x80, 4
s = connect(CAP_ACK)

def dst(a):
    return attr(1, socket.inet_aton(a))

def ll(last, n=6):
    return attr(2, (b"\x02\0\0\0\0" + bytes([last]) + bytes(64))[:n])

def ask(what, kind, flags=0, body=b"", family=2, index=D0, state=STALE, ntf=0, typ=0, pad=(0, 0), head=None):
    if head is None:
        head = struct.pack("BBHiHBB", family, pad[0], pad[1], index, state, ntf, typ)
    *found, end = request(s, kind, flags, head + body)
    print("%s: %s%s" % (what, words(end), ", %d messages" % len(found) if found else ""))

print("== RTM_NEWNEIGH")
C = CREATE
ask("nothing", NEW, C)
ask("a short header", NEW, C, head=b"\x02\0\0\0")
ask("no header", NEW, C, head=b"")
ask("no destination", NEW, C, ll(5))
ask("an empty destination", NEW, C, attr(1, b"") + ll(5))
ask("a destination of 3 bytes", NEW, C, attr(1, b"\x0a\0\0") + ll(5))
ask("a destination of 16 bytes", NEW, C, attr(1, b"\x0a\0\0\x08" + bytes(12)) + ll(5))
ask("a destination of 33 bytes", NEW, C, attr(1, bytes(33)) + ll(5))
ask("a link address of 5 bytes", NEW, C, dst("10.0.0.5") + ll(5, 5))
ask("a link address of 32 bytes", NEW, C, dst("10.0.0.5") + ll(5, 32))
ask("a link address of 33 bytes", NEW, C, dst("10.0.0.5") + ll(5, 33))
ask("an empty link address", NEW, C, dst("10.0.0.6") + attr(2, b""))
ask("no device", NEW, C, dst("10.0.0.5") + ll(5), index=0)
ask("an unknown device", NEW, C, dst("10.0.0.5") + ll(5), index=999)
ask("a negative device", NEW, C, dst("10.0.0.5") + ll(5), index=-1)
ask("a device that is down", NEW, C, dst("10.0.0.5") + ll(5), index=D1)
ask("lo", NEW, C, dst("10.0.0.5") + ll(5), index=LO)
for family in (0, 1, 10, 12, 29, 45, 200):
    ask("family %d" % family, NEW, C, dst("10.0.0.5") + ll(5), family=family)
ask("no CREATE", NEW, 0, dst("10.0.0.7") + ll(7))
ask("REPLACE without CREATE", NEW, REPLACE, dst("10.0.0.7") + ll(7))
ask("EXCL on one that is", NEW, C | EXCL, dst("10.0.0.51") + ll(7))
ask("EXCL alone on one that is", NEW, EXCL, dst("10.0.0.51") + ll(7))
ask("another address without REPLACE", NEW, C, dst("10.0.0.51") + ll(7))
ask("valid without an address", NEW, C, dst("10.0.0.8"), state=STALE)
ask("permanent without an address", NEW, C, dst("10.0.0.9"), state=PERM)
ask("state 0", NEW, C, dst("10.0.0.10"), state=0)
ask("state 0xffff", NEW, C, dst("10.0.0.11") + ll(1), state=0xffff)
ask("state 0x100", NEW, C, dst("10.0.0.12") + ll(1), state=0x100)
ask("flags 0xff", NEW, C, dst("10.0.0.13") + ll(1), ntf=0xff)
ask("type 9", NEW, C, dst("10.0.0.14") + ll(1), typ=9)
ask("padding not zero", NEW, C, dst("10.0.0.15") + ll(1), pad=(1, 2))
ask("extended flags 1", NEW, C, dst("10.0.0.16") + ll(1) + attr(15, struct.pack("I", 1)))
ask("extended flags 2", NEW, C, dst("10.0.0.17") + ll(1) + attr(15, struct.pack("I", 2)))
ask("extended flags of 2 bytes", NEW, C, dst("10.0.0.17") + ll(1) + attr(15, b"\1\0"))
ask("managed and permanent", NEW, C, dst("10.0.0.18") + ll(1) + attr(15, struct.pack("I", 1)), state=PERM)
ask("managed proxy", NEW, C, dst("10.0.0.18") + attr(15, struct.pack("I", 1)), ntf=8)
ask("proxy without a device", NEW, C, dst("10.0.0.19"), ntf=8, index=0)
ask("proxy without a destination", NEW, C, ntf=8)
ask("proxy on an unknown device", NEW, C, dst("10.0.0.19"), ntf=8, index=999)
ask("protocol of 0 bytes", NEW, C, dst("10.0.0.20") + ll(1) + attr(12, b""))
ask("protocol of 4 bytes", NEW, C, dst("10.0.0.20") + ll(1) + attr(12, b"\x10\0\0\0"))
ask("a nexthop id", NEW, C, dst("10.0.0.21") + ll(1) + attr(13, struct.pack("I", 1)))
ask("a VLAN", NEW, C, dst("10.0.0.22") + ll(1) + attr(5, struct.pack("H", 7)))
ask("a VLAN of 4 bytes", NEW, C, dst("10.0.0.22") + ll(1) + attr(5, struct.pack("I", 7)))
ask("a VNI, a port, an ifindex, a master", NEW, C, dst("10.0.0.23") + ll(1) + attr(7, struct.pack("I", 7)) +
    attr(6, b"\0\1") + attr(8, struct.pack("I", 1)) + attr(9, struct.pack("I", 1)))
ask("cacheinfo of 4 bytes", NEW, C, dst("10.0.0.24") + ll(1) + attr(3, bytes(4)))
ask("cacheinfo", NEW, C, dst("10.0.0.24") + ll(1) + attr(3, bytes(16)))
ask("probes of 1 byte", NEW, C, dst("10.0.0.24") + ll(1) + attr(4, b"\1"))
ask("a source VNI", NEW, C, dst("10.0.0.25") + ll(1) + attr(11, struct.pack("I", 7)))
ask("a link netnsid", NEW, C, dst("10.0.0.25") + ll(1) + attr(10, struct.pack("I", 7)))
ask("FDB attributes", NEW, C, dst("10.0.0.26") + ll(1) + attr(14, b""))
ask("attribute 0", NEW, C, dst("10.0.0.27") + ll(1) + attr(0, b"\0\0\0\0"))
ask("attribute 17", NEW, C, dst("10.0.0.28") + ll(1) + attr(17, b"\0\0\0\0"))
ask("the destination twice", NEW, C, dst("10.0.0.30") + dst("10.0.0.31") + ll(1))
ask("a destination marked as nested", NEW, C, attr(1 | 0x8000, socket.inet_aton("10.0.0.32")) + ll(1))
ask("the address 0.0.0.0", NEW, C, dst("0.0.0.0") + ll(1))
ask("a broadcast address", NEW, C, dst("10.0.0.255") + ll(1))
ask("a multicast address", NEW, C, dst("224.0.0.9") + ll(1))
ask("an address of ours", NEW, C, dst("10.0.0.1") + ll(1))
print("== RTM_DELNEIGH")
ask("nothing", DEL)
ask("a short header", DEL, head=b"\x02\0\0\0")
ask("no such entry", DEL, 0, dst("10.0.0.99"))
ask("a destination of 3 bytes", DEL, 0, attr(1, b"\x0a\0\0"))
ask("no device", DEL, 0, dst("10.0.0.50"), index=0)
ask("an unknown device", DEL, 0, dst("10.0.0.50"), index=999)
ask("on another device", DEL, 0, dst("10.0.0.50"), index=D1)
ask("family 0", DEL, 0, dst("10.0.0.50"), family=0)
ask("family 10", DEL, 0, dst("10.0.0.50"), family=10)
ask("no such proxy", DEL, 0, dst("10.0.0.99"), ntf=8)
ask("proxy on another device", DEL, 0, dst("10.0.0.60"), ntf=8, index=D1)
ask("a wrong link address", DEL, 0, dst("10.0.0.51") + ll(9))
ask("again", DEL, 0, dst("10.0.0.51"))
ask("all of a device", DEL, 0x100)
ask("all of a device by BULK", DEL, 0x200)
print("== RTM_GETNEIGH")
ask("nothing", GET)
ask("no header", GET, head=b"")
ask("a short header", GET, head=b"\x02\0\0\0")
ask("with a state", GET, 0, dst("10.0.0.50"))
ask("one", GET, 0, dst("10.0.0.50"), state=0)
ask("none", GET, 0, dst("10.0.0.99"), state=0)
ask("of 3 bytes", GET, 0, attr(1, b"\x0a\0\0"), state=0)
ask("of 16 bytes", GET, 0, attr(1, bytes(16)), state=0)
ask("without a device", GET, 0, dst("10.0.0.50"), state=0, index=0)
ask("on an unknown device", GET, 0, dst("10.0.0.50"), state=0, index=999)
ask("with padding", GET, 0, dst("10.0.0.50"), state=0, pad=(1, 0))
ask("with a type", GET, 0, dst("10.0.0.50"), state=0, typ=1)
ask("with the flag router", GET, 0, dst("10.0.0.50"), state=0, ntf=0x80)
ask("with a link address", GET, 0, dst("10.0.0.50") + ll(0x50), state=0)
ask("no destination", GET, 0, b"", state=0)
ask("a proxy", GET, 0, dst("10.0.0.60"), state=0, ntf=8)
ask("no such proxy", GET, 0, dst("10.0.0.61"), state=0, ntf=8)
ask("a proxy without a device", GET, 0, dst("10.0.0.60"), state=0, ntf=8, index=0)
ask("family 0", GET, 0, dst("10.0.0.50"), state=0, family=0)
ask("family 10", GET, 0, dst("10.0.0.50"), state=0, family=10)
ask("attribute 17", GET, 0, dst("10.0.0.50") + attr(17, bytes(4)), state=0)
print("== dumps, not checked strictly")
def dumps():
    ask("of an index", GET, DUMP, index=D0, state=0)
    ask("with a state", GET, DUMP, index=0, state=STALE)
    ask("with the flag router", GET, DUMP, index=0, state=0, ntf=0x80)
    ask("with a type", GET, DUMP, index=0, state=0, typ=1)
    ask("of a device", GET, DUMP, attr(8, struct.pack("I", D0)), index=0, state=0)
    ask("of a device as 2 bytes", GET, DUMP, attr(8, b"\1\0"), index=0, state=0)
    ask("of an unknown device", GET, DUMP, attr(8, struct.pack("I", 999)), index=0, state=0)
    ask("of a master", GET, DUMP, attr(9, struct.pack("I", D0)), index=0, state=0)
    ask("of an address", GET, DUMP, dst("10.0.0.50"), index=0, state=0)
    ask("with padding", GET, DUMP, index=0, state=0, pad=(1, 0))
    ask("with attribute 17", GET, DUMP, attr(17, bytes(4)), index=0, state=0)
    ask("of family 9", GET, DUMP, index=0, state=0, family=9)
    ask("with a generic header", GET, DUMP, head=b"\x02")
    ask("of proxies", GET, DUMP, index=0, state=0, ntf=8)
    ask("of proxies on a device", GET, DUMP, attr(8, struct.pack("I", D0)), index=0, state=0, ntf=8)
    ask("of proxies on another", GET, DUMP, attr(8, struct.pack("I", LO)), index=0, state=0, ntf=8)
dumps()
print("== dumps, checked strictly")
s.setsockopt(270, 12, 1)  # NETLINK_GET_STRICT_CHK
dumps()
PY
python3 /tmp/neigh-errors.$$.py
rm -f /tmp/neigh-errors.$$.py
ip neigh show nud all | sort
ip neigh show proxy | sort
ip neigh del proxy 10.0.0.19
