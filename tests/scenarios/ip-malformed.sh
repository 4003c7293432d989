# Packets that are wrong in their headers or lengths: which counter each ends in, and whether anything is said.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >bad.py <<'P'
import socket
from counters import changes, count
from netns import set
from packets import icmp, ip, show, udp
from wire import frame, heard
set("icmp_ratelimit", 0)
good = icmp(8, 0, b"\0\1\0\1", b"x" * 20)
def try_(what, packet, after=lambda: None, **k):
    before = count(); frame(packet, **k); answers = [show(p) for p in heard()]; after()
    print("%-28s" % what, changes(before), *answers, sep=" | ")
try_("good", ip(good)); try_("padded", ip(good) + b"\0" * 18); try_("version 5", ip(good, version=5)); try_("version 6", ip(good, version=6)); try_("ihl 4", ip(good, ihl=4)); try_("ihl 0", ip(good, ihl=0)); try_("ihl beyond the end", ip(b"", ihl=15)); try_("ihl 15 of 48 bytes", ip(good, ihl=15))
try_("wrong checksum", ip(good, check=1)); try_("checksum 0", ip(good, check=0)); try_("checksum ffff", ip(good, check=0xffff)); try_("total length 0", ip(good, total=0)); try_("total length 19", ip(good, total=19)); try_("total length 20", ip(good, total=20)); try_("total length 24", ip(good, total=24)); try_("total length too large", ip(good, total=60)); try_("total length 65535", ip(good, total=65535))
for n in (0, 1, 10, 19): try_("%d bytes" % n, ip(good)[:n])
try_("no data", ip(b"")); try_("for somebody else", ip(good), mac="020000000099"); try_("in a broadcast frame", ip(good), mac="ffffffffffff"); try_("in a multicast frame", ip(good), mac="01005e000001")
set("conf/eth0/drop_unicast_in_l2_multicast", 1); try_("broadcast frame, refused", ip(good), mac="ffffffffffff"); try_("multicast frame, refused", ip(good), mac="01005e000001"); set("conf/eth0/drop_unicast_in_l2_multicast", 0)
for proto in (0, 1, 4, 17, 41, 47, 50, 89, 99, 132, 137, 255): try_("protocol %d" % proto, ip(b"\0" * 40, proto))
try_("protocol 99, broadcast", ip(b"x" * 20, 99, dst="10.0.0.255"), mac="ffffffffffff"); try_("protocol 99, in a broadcast frame", ip(b"x" * 20, 99), mac="ffffffffffff"); try_("protocol 99, multicast", ip(b"x" * 20, 99, dst="224.0.0.1"), mac="01005e000001"); try_("protocol 99, no source", ip(b"x" * 20, 99, src="0.0.0.0"))
for t in (1, 2, 3): try_("ECN %d" % t, ip(good, tos=t))
try_("reserved flag", ip(good, frag=0x8000)); try_("DF", ip(good, frag=0x4000)); try_("ttl 0", ip(good, ttl=0)); try_("ttl 1", ip(good, ttl=1))
for d in ("10.0.0.3", "10.0.1.1", "10.0.0.255", "10.0.0.0", "255.255.255.255", "224.0.0.1", "224.0.0.9", "0.0.0.0", "127.0.0.1", "240.1.1.1"): try_("for " + d, ip(good, dst=d))
raw = socket.socket(2, 3, 99); try_("protocol 99, a raw socket", ip(b"x" * 20, 99)); raw.settimeout(0.2); print(len(raw.recv(100)))
u = socket.socket(2, 2); u.bind(("", 7)); u.settimeout(0.1)
def got():
    try: return len(u.recv(100))
    except OSError as e: return str(e)
for what, p in (("udp", udp(5, 7, b"hello")), ("udp, length 7", udp(5, 7, b"hello", 7)), ("udp, length 8", udp(5, 7, b"hello", 8)), ("udp, length 100", udp(5, 7, b"hello", 100)), ("udp, length 0", udp(5, 7, b"hello", 0)), ("udp, wrong sum", udp(5, 7, b"hello")[:6] + b"\1\1hello"), ("udp, no sum", udp(5, 7, b"hello")[:6] + b"\0\0hello"), ("udp, 7 bytes", udp(5, 7)[:7]), ("udp, nobody", udp(5, 8, b"x")), ("udp, port 0", udp(5, 0, b"x")), ("udp, from port 0", udp(0, 7, b"x"))):
    try_(what, ip(p, 17), lambda: print("   ", got()))
P
python3 bad.py
