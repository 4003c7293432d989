# Extended echoes (RFC 8335): by name, index and address of the interface asked about, and each way to ask wrongly.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
ip -n b link add d0 address 02:00:00:00:00:d0 type dummy; ip -n b link set d0 up; ip -n b addr add 10.9.0.1/24 dev d0; ip -n b link add d1 address 02:00:00:00:00:d1 type dummy; ip -n b addr add 10.8.0.1/24 dev d1
ip -n b link add interfacename12 address 02:00:00:00:00:d2 type dummy; ip -n b link property add dev d0 altname longer-name
cat >probe.py <<'P'
import socket, struct
from counters import changes, count
from netns import set
from packets import addr, icmp, ip, show, sum16
from wire import frame, heard
set("icmp_ratelimit", 0); index = {n: socket.if_nametoindex(n) for n in ("lo", "eth0", "d0", "d1")}
def ext(ctype, body, cls=3, length=None, version=2, check=None):
    obj = struct.pack("!HBB", 4 + len(body) if length is None else length, cls, ctype) + body; obj += b"\0" * (-len(obj) % 4)
    h = struct.pack("!BBH", version << 4, 0, 0) + obj
    return h[:2] + struct.pack("!H", sum16(h) if check is None else check) + h[4:]
def try_(what, data, local=1, code=0, **k):
    before = count(); frame(ip(icmp(42, code, struct.pack("!HBB", 7, 1, local), data)), **k); answers = [p for p in heard()]
    print("%-26s" % what, changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs", "IpOutRequests", "IcmpMsgInType42")), *("%d/%d %s %d bytes" % (p[20], p[21], p[24:28].hex(), len(p)) for p in answers), sep=" | ")
try_("not enabled", ext(1, b"d0\0\0")); set("icmp_echo_enable_probe", 1)
for n in (b"eth0", b"d0", b"d1", b"lo", b"nosuch", b"longer-name", b"interfacename12", b"interfacename12345", b"", b"d0\0x", b"d"): try_("name " + repr(n)[1:], ext(1, n)); try_("padded " + repr(n)[1:], ext(1, n + b"\0" * (-len(n) % 4)))
for n in ("lo", "eth0", "d0", "d1"): try_("index of " + n, ext(2, struct.pack("!I", index[n])))
try_("index 0", ext(2, struct.pack("!I", 0))); try_("index 99", ext(2, struct.pack("!I", 99))); try_("index, 2 bytes", ext(2, b"\0\1")); try_("index, 8 bytes", ext(2, struct.pack("!II", index["d0"], 0)))
def a4(a, afi=1, length=4, body=None): return ext(3, struct.pack("!HBB", afi, length, 0) + (addr(a) if body is None else body))
for a in ("10.0.0.2", "10.9.0.1", "10.8.0.1", "127.0.0.1", "10.9.0.7", "1.2.3.4", "224.0.0.1"): try_("address " + a, a4(a))
try_("address, length 16", a4("10.9.0.1", length=16)); try_("address, cut", a4("10.9.0.1", body=b"\12\11")); try_("family 3", a4("10.9.0.1", 3)); try_("family 0", a4("10.9.0.1", 0))
try_("not local", ext(1, b"d0\0\0"), 0); try_("L bit and others", ext(1, b"d0\0\0"), 255); try_("code 1", ext(1, b"d0\0\0"), code=1); try_("version 1", ext(1, b"d0\0\0", version=1)); try_("wrong sum", ext(1, b"d0\0\0", check=9)); try_("class 1", ext(1, b"d0\0\0", cls=1)); try_("type 4", ext(4, b"d0\0\0")); try_("type 0", ext(0, b"d0\0\0")); try_("object too long", ext(1, b"d0\0\0", length=80)); try_("object length 3", ext(1, b"d0\0\0", length=3)); try_("object length 4", ext(1, b"d0\0\0", length=4)); try_("object length 0", ext(1, b"d0\0\0", length=0))
for n in (0, 3, 4, 7, 8, 10): try_("%d bytes" % n, ext(1, b"d0\0\0")[:n])
try_("data behind it", ext(1, b"d0\0\0") + b"x" * 40)
frame(ip(icmp(42, 0, b"\0\7\1\1", ext(1, b"d0\0\0")), dst="10.0.0.255"), mac="ffffffffffff"); print("broadcast", [show(p) for p in heard()])
P
python3 probe.py
for w in 2 -1 1 0; do ip netns exec b sysctl -w net.ipv4.icmp_echo_enable_probe=$w; done
