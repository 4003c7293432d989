# Every type of ICMP message, right and wrong, to one, to all, to a group: what is answered, counted and refused.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >messages.py <<'P'
from counters import changes, count
from netns import set
from packets import icmp, ip, show, udp
from wire import frame, heard
set("icmp_ratelimit", 0)
def try_(what, packet, **k):
    before = count(); frame(packet, **k); answers = [show(p) for p in heard()]
    print("%-30s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs")), *answers, sep=" | ")
quoted = ip(udp(5, 7), 17, src="10.0.0.2", dst="10.0.0.1")
for kind in (*range(0, 20), 30, 37, 40, 41, 42, 43, 44, 127, 128, 255): try_("type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12)))
for kind in (8, 0, 13, 14, 17, 3, 11, 12, 5, 4): try_("type %d, code 99" % kind, ip(icmp(kind, 99, b"\0\1\0\2", quoted)))
for kind in (8, 13, 3, 42): try_("type %d, wrong sum" % kind, ip(icmp(kind, 0, check=5)))
for n in (0, 1, 3, 4, 7): try_("%d bytes" % n, ip(icmp(8, 0, b"\0\1\0\2")[:n]))
for n in (0, 4, 11, 12, 13, 40): try_("time stamp and %d bytes" % n, ip(icmp(13, 0, b"\0\1\0\2", b"\0" * n)))
for kind in (3, 4, 5, 11, 12):
    for n in (0, 19, 20, 27, 28): try_("type %d quoting %d bytes" % (kind, n), ip(icmp(kind, 1, b"\0\0\0\0", quoted[:n])))
bc = dict(mac="ffffffffffff")
for kind in (8, 13, 15, 17): try_("broadcast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="10.0.0.255"), **bc); try_("multicast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="224.0.0.1"), mac="01005e000001"); try_("broadcast frame, type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12)), **bc)
set("icmp_echo_ignore_broadcasts", 0); print("# broadcasts answered")
for kind in (8, 13, 15, 17): try_("broadcast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="10.0.0.255"), **bc); try_("multicast type %d" % kind, ip(icmp(kind, 0, b"\0\1\0\2", b"d" * 12), dst="224.0.0.1"), mac="01005e000001")
try_("to all", ip(icmp(8), dst="255.255.255.255"), **bc); try_("from nobody", ip(icmp(8), src="0.0.0.0")); try_("to all from nobody", ip(icmp(8), src="0.0.0.0", dst="255.255.255.255"), **bc)
set("icmp_echo_ignore_all", 1); print("# echoes ignored"); try_("echo", ip(icmp(8))); try_("time stamp", ip(icmp(13, 0, b"\0\1\0\2", b"\0" * 12))); set("icmp_echo_ignore_all", 0)
set("icmp_ignore_bogus_error_responses", 0); print("# errors about broadcasts"); 
for v in 0, 1: set("icmp_ignore_bogus_error_responses", v); try_("unreachable, quoting a broadcast", ip(icmp(3, 1, b"\0\0\0\0", ip(udp(5, 7), 17, src="10.0.0.2", dst="10.0.0.255"))))
for tos in (0x10, 0xb8, 0xff): try_("echo, tos %#x" % tos, ip(icmp(8), tos=tos)); try_("nobody's port, tos %#x" % tos, ip(udp(5, 9), 17, tos=tos))
try_("echo, DF", ip(icmp(8), frag=0x4000)); try_("echo, ttl 1", ip(icmp(8), ttl=1)); try_("echo of 1480", ip(icmp(8, 0, b"\0\0\0\0", b"x" * 1472))); try_("about an echo of 1480", ip(b"x" * 1480, 99)); try_("about 8 bytes", ip(b"x" * 8, 99)); try_("about a fragment", ip(b"x" * 8, 99, frag=5))
P
python3 messages.py
