# RTM_SETNEIGHTBL and RTM_GETNEIGHTBL with every part wrong in turn.
. "$(dirname "$0")/kit/begin.sh"
ip link add d0 address 02:00:00:00:00:d0 type dummy
cat >/tmp/ntable-errors.$$.py <<'PY'
import socket, struct
from rtnetlink import CAP_ACK, attr, connect, request, words
SET, GET = 67, 66
D0 = socket.if_nametoindex("d0")
s = connect(CAP_ACK)
def u32(t, v): return attr(t, struct.pack("I", v))
def u64(t, v): return attr(t, struct.pack("Q", v))
NAME = attr(1, b"arp_cache\0")
def parms(*a): return attr(6, b"".join(a))
def ask(what, kind, body=b"", flags=0, family=2, pad=(0, 0), head=None):
    *found, end = request(s, kind, flags, (struct.pack("BBH", family, *pad) if head is None else head) + body)
    print("%s: %s%s" % (what, words(end), ", %d messages" % len(found) if found else ""))
print("== RTM_SETNEIGHTBL")
ask("nothing", SET)
ask("no header", SET, head=b"")
ask("a short header", SET, head=b"\2\0")
ask("a name alone", SET, NAME)
ask("a name without its end", SET, attr(1, b"arp_cache"))
ask("an empty name", SET, attr(1, b""))
ask("another name", SET, attr(1, b"nd_cache\0"))
ask("a long name", SET, attr(1, b"arp_cache_and_more\0"))
ask("family 0", SET, NAME, family=0)
ask("family 1", SET, NAME, family=1)
ask("family 10", SET, NAME, family=10)
ask("padding", SET, NAME, pad=(1, 1))
ask("parameters, empty", SET, NAME + parms())
ask("parameters of a device", SET, NAME + parms(u32(1, D0), u64(9, 300)))
ask("of no device", SET, NAME + parms(u32(1, 0), u64(9, 300)))
ask("of an unknown device", SET, NAME + parms(u32(1, 999), u64(9, 300)))
ask("a device as 2 bytes", SET, NAME + parms(attr(1, b"\1\0"), u64(9, 300)))
for t, what in ((3, "reachable"), (4, "base_reachable"), (5, "retrans"), (6, "gc_stale"), (7, "delay_probe"),
                (12, "anycast"), (13, "proxy_delay"), (15, "locktime"), (18, "interval_probe")):
    ask("%s as 4 bytes" % what, SET, NAME + parms(u32(1, D0), u32(t, 300)))
    ask("%s as 8 bytes" % what, SET, NAME + parms(u32(1, D0), u64(t, 300)))
    ask("%s of 0" % what, SET, NAME + parms(u32(1, D0), u64(t, 0)))
    ask("%s of much" % what, SET, NAME + parms(u32(1, D0), u64(t, 1 << 63)))
for t, what in ((2, "refcnt"), (8, "queue_len"), (9, "app_probes"), (10, "ucast_probes"), (11, "mcast_probes"),
                (14, "proxy_qlen"), (16, "queue_lenbytes"), (17, "mcast_reprobes")):
    ask("%s as 2 bytes" % what, SET, NAME + parms(u32(1, D0), attr(t, b"\1\0")))
    ask("%s as 4 bytes" % what, SET, NAME + parms(u32(1, D0), u32(t, 3)))
ask("a parameter of an unknown type", SET, NAME + parms(u32(1, D0), u32(30, 3)))
ask("parameters that don't parse", SET, NAME + attr(6, b"\1\0\0"))
ask("thresh1", SET, NAME + u32(2, 5))
ask("thresh2 as 2 bytes", SET, NAME + attr(3, b"\1\0"))
ask("thresh3", SET, NAME + u32(4, 5))
ask("gc_interval", SET, NAME + u64(8, 5000))
ask("gc_interval as 4 bytes", SET, NAME + u32(8, 5000))
ask("statistics", SET, NAME + attr(7, bytes(8)))
ask("configuration", SET, NAME + attr(5, bytes(8)))
ask("parameters and thresh1", SET, NAME + parms(u32(1, D0), u32(10, 8)) + u32(2, 5))
print("== RTM_GETNEIGHTBL")
def gets():
    ask("one", GET, NAME)
    ask("a dump", GET, flags=0x300)
    ask("of family 0", GET, flags=0x300, family=0)
    ask("of family 10", GET, flags=0x300, family=10)
    ask("of family 1", GET, flags=0x300, family=1)
    ask("with padding", GET, flags=0x300, pad=(1, 0))
    ask("with padding", GET, flags=0x300, pad=(0, 1))
    ask("with a name", GET, NAME, flags=0x300)
    ask("with a generic header", GET, flags=0x300, head=b"\2")
    ask("with no header", GET, flags=0x300, head=b"")
gets()
print("== checked strictly")
s.setsockopt(270, 12, 1)
gets()
PY
ip netns add b
ip link set d0 netns b
ip netns exec b python3 /tmp/ntable-errors.$$.py
rm -f /tmp/ntable-errors.$$.py
ip -n b ntable show dev d0 | sed 's/ reachable [0-9]*//'
