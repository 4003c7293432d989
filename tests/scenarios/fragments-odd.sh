# Fragments that a careful sender doesn't send: overlapping, repeated, running over, too short, too long, out of order,
# with other TOS, ECN, DF, protocols and identifiers; what becomes of each queue and which counter says so.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >frag.py <<'P'
from counters import changes, count
from netns import set
from packets import icmp, ip, show, udp
from wire import frame, heard
set("icmp_ratelimit", 0); set("ipfrag_time", 60)
whole = icmp(8, 0, b"\0\1\0\1", bytes(range(200)))
ident = 0
def queues():
    for l in open("/proc/net/sockstat"):
        if l.startswith("FRAG:"): return "queues %s memory %s" % (l.split()[2], "0" if l.split()[4] == "0" else "some")
def try_(what, *pieces, **k):
    global ident; ident += 1; before = count()
    for p in pieces:
        off, more, data = p[:3]; o = dict(k); o.update(p[3] if len(p) > 3 else {}); flags = o.pop("flags", 0)
        frame(ip(data, ident=o.pop("ident", ident), frag=(0x2000 if more else 0) | off // 8 | flags, **o))
    answers = [show(p) for p in heard()]
    print("%-34s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")), queues(), *answers, sep=" | ")
a, b, c = (0, 1, whole[:80]), (80, 1, whole[80:160]), (160, 0, whole[160:])
try_("in order", a, b, c); try_("backwards", c, b, a); try_("middle last", a, c, b); try_("middle first", b, a, c)
try_("one, whole, more", (0, 1, whole)); try_("one of offset 0, no more", (0, 0, whole))
try_("first twice", a, a, b, c); try_("middle twice", a, b, b, c); try_("last twice", c, c, a, b); try_("all, then first", a, b, c, a)
try_("first twice, other data", a, (0, 1, b"z" * 80), b, c); try_("part of the first again", a, (8, 1, whole[8:40]), b, c)
try_("overlap at the end", a, (72, 1, whole[72:160]), c); try_("overlap at the front", b, (0, 1, whole[:88]), c); try_("covers all", b, (0, 1, whole[:160]), c); try_("overlaps the last", c, (80, 1, whole[80:168]), a)
try_("after an overlap", b, c, a)
try_("two ends", a, c, (80, 0, whole[80:160])); try_("two ends, the longer later", a, (80, 0, whole[80:160]), c); try_("more behind the end", (80, 0, whole[80:160]), (160, 1, whole[160:208])); try_("end before the middle", b, (40, 0, whole[40:80]))
try_("not a multiple of 8", (0, 1, whole[:81]), b, c); try_("7 bytes", (0, 1, whole[:7])); try_("empty", (0, 1, b"")); try_("empty middle", a, (80, 1, b""), b, c); try_("empty end", a, b, (160, 0, b"")); try_("8 bytes each", *((i, i + 8 < len(whole), whole[i:i + 8]) for i in range(0, len(whole), 8)))
try_("too long", (65528, 0, b"x" * 8)); try_("just fits", (65504, 0, b"x" * 8)); try_("too long by a byte", (65504, 0, b"x" * 12)); try_("offset 65528, more", (65528, 1, b"x" * 16))
for t in ((1, 1, 1), (0, 1, 1), (1, 0, 0), (2, 2, 0), (2, 2, 2), (1, 2, 1), (3, 3, 3), (1, 3, 1), (0, 3, 1), (0, 0, 3), (3, 2, 1)): try_("ECN %d %d %d" % t, *(p + (dict(tos=e),) for p, e in zip((a, b, c), t)))
try_("tos 0x10, 0, 0", a + (dict(tos=0x10),), b, c); try_("tos 0, 0x10, 0x20", a, b + (dict(tos=0x10),), c + (dict(tos=0x20),)); try_("tos, backwards", c + (dict(tos=8),), b + (dict(tos=0x10),), a + (dict(tos=0x20),))
try_("ttl 1, 2, 3", a + (dict(ttl=1),), b + (dict(ttl=2),), c + (dict(ttl=3),)); try_("DF in the first", a + (dict(flags=0x4000),), b, c); try_("DF in all", *(p + (dict(flags=0x4000),) for p in (a, b, c))); try_("reserved flag", a + (dict(flags=0x8000),), b, c)
try_("two identifiers", a, b + (dict(ident=999),), c); try_("two protocols", a, b + (dict(proto=17),), c); try_("two sources", a, b + (dict(src="10.0.0.7"),), c); try_("two destinations", a, b + (dict(dst="10.0.0.255"),), c)
try_("options in the first", a + (dict(options=b"\1\1\1\0"),), b, c); try_("record route", a + (dict(options=bytes.fromhex("0707040000000000")),), b, c); try_("malformed options in the second", a, b + (dict(options=bytes.fromhex("07000000")),), c)
try_("for somebody else", *(p + (dict(dst="10.0.0.7"),) for p in (a, b, c))); try_("to all", *(p + (dict(dst="10.0.0.255"),) for p in (a, b, c))); try_("ttl 0", *(p + (dict(ttl=0),) for p in (a, b, c)))
big = icmp(8, 0, b"\0\1\0\1", b"y" * 3000); try_("udp to nobody", *((i, i + 1000 < 3008, udp(5, 9, b"z" * 3000)[i:i + 1000]) for i in range(0, 3008, 1000)), proto=17); try_("protocol 99", *((i, i < 2000, (b"w" * 3000)[i:i + 1000]) for i in range(0, 3000, 1000)), proto=99)
P
python3 frag.py
