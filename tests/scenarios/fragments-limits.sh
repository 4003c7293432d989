# Limits of reassembly: memory, time, distance between packets; what is given up, counted, reported, and refused as setting.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >limits.py <<'P'
import errno, time
from counters import changes, count
from netns import set
from packets import icmp, ip, show
from wire import frame, heard
set("icmp_ratelimit", 0)
whole = icmp(8, 0, b"\0\1\0\1", b"x" * 2000)
def piece(n, ident, **k): return ip(whole[n * 1000:n * 1000 + 1000], ident=ident, frag=(0x2000 if n < 2 else 0) | n * 125, **k)
def queues():
    for l in open("/proc/net/sockstat"):
        if l.startswith("FRAG:"): return int(l.split()[2])
def report(what, before, left=True): print("%-30s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")), "queues %d" % queues() if left else "", *sorted(show(p) for p in heard()), sep=" | ")
def try_set(name, *values):
    for v in values:
        try: set(name, v)
        except OSError as e: print(name, v, errno.errorcode[e.errno], end="; ")
        print(name, v, open("/proc/sys/net/ipv4/" + name).read().strip())
try_set("ipfrag_time", 0, 1, -1, "x", 30); try_set("ipfrag_max_dist", -1, 0, 2147483647, 64); try_set("ipfrag_low_thresh", 5000000, 0, -1, 3145728); try_set("ipfrag_high_thresh", 100, 3145727, 3145728, 4194304); try_set("ipfrag_secret_interval", 5) if 0 else None
before = count(); set("ipfrag_time", 1)
for i in range(4): frame(piece(0, 10 + i, ttl=60 + i, tos=4 * i))
for i in range(3): frame(piece(1, 20 + i))
frame(piece(2, 30)); frame(piece(0, 31, src="0.0.0.0")); report("eight begun", before)
before = count(); time.sleep(1.5); report("a second later", before)
before = count(); frame(piece(0, 40)); time.sleep(0.6); frame(piece(1, 40)); time.sleep(0.6); frame(piece(2, 40)); report("the first starts the clock", before); time.sleep(1.2); heard()
set("ipfrag_time", 30); set("ipfrag_low_thresh", 0); set("ipfrag_high_thresh", 20000); before = count(); 
for i in range(40): frame(piece(0, 100 + i))
d = changes(before); got = queues(); print("memory for few:", "some begun" if 2 <= got <= 20 else got, "the others failed" if count()["IpReasmFails"] - before.get("IpReasmFails", 0) == 40 - got else d)
before = count(); frame(piece(1, 100)); frame(piece(2, 100)); report("the first may still end", before, False)
set("ipfrag_high_thresh", 0); before = count(); frame(piece(0, 200)); frame(piece(1, 200)); frame(piece(2, 200)); report("no memory", before, False)
set("ipfrag_high_thresh", 4194304); set("ipfrag_low_thresh", 3145728); before = count(); frame(piece(0, 201)); frame(piece(1, 201)); frame(piece(2, 201)); report("memory again", before, False)
P
python3 limits.py
echo "# distance"
cat >dist.py <<'P'
import sys
from counters import changes, count
from netns import set
from packets import icmp, ip
from wire import frame, heard
set("ipfrag_max_dist", int(sys.argv[1])); set("ipfrag_time", 30)
whole = icmp(8, 0, b"\0\1\0\1", b"x" * 2000)
def piece(n, ident, **k): return ip(whole[n * 1000:n * 1000 + 1000], ident=ident, frag=(0x2000 if n < 2 else 0) | n * 125, **k)
before = count(); frame(piece(0, 1))
for i in range(5): [frame(piece(n, 10 + i)) for n in range(3)]
frame(piece(1, 1)); frame(piece(2, 1)); heard(); print("max_dist", sys.argv[1], changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IcmpInMsgs", "IcmpMsgInType8", "IcmpMsgOutType0", "IcmpOutMsgs", "IpOutRequests")))
P
for d in 64 5 4 1 0; do python3 dist.py $d; done
