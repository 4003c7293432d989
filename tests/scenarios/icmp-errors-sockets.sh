# What errors that arrive do to sockets: connected or not, with IP_RECVERR or without, UDP, raw and ping, for each code; and
# which are not believed.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
sysctl -qw net.ipv4.ping_group_range="0 0"; ip netns exec b sysctl -qw net.ipv4.ping_group_range="0 0"
cat >errors.py <<'P'
import errno, socket, struct
from counters import changes, count
from packets import addr, icmp, ip, udp
from wire import frame
E = errno.errorcode
def pending(s):
    e = s.getsockopt(1, 4); return E[e] if e else "-"
def queue(s):
    try: data, anc, flags, where = s.recvmsg(100, 512, 0x2040)
    except OSError as e: return "queue " + E[e.errno]
    out = "queue"
    for level, kind, v in anc:
        if kind != 11: out += " cmsg %d %s" % (kind, v.hex()); continue
        c, origin, t, code, pad, info, extra = struct.unpack_from("IBBBBII", v)
        out += " %s origin %d %d/%d info %d from %s" % (E[c], origin, t, code, info, socket.inet_ntoa(v[20:24]))
    return out + " about %s %d bytes flags %#x" % (where, len(data), flags & ~0x2000)
def sockets():
    made = []
    for name, options in (("connected", 1), ("connected, recverr", 3), ("bound", 0), ("bound, recverr", 2)):
        u = socket.socket(2, 2); u.bind(("10.0.0.2", 0)); u.setsockopt(0, 11, options >> 1)
        if options & 1: u.connect(("10.0.0.1", 7))
        made.append(("udp " + name, u))
        w = socket.socket(2, 3, 99); w.bind(("10.0.0.2", 0)); w.setsockopt(0, 11, options >> 1)
        if options & 1: w.connect(("10.0.0.1", 0))
        made.append(("raw " + name, w))
        p = socket.socket(2, 2, 1); p.bind(("10.0.0.2", 0)); p.setsockopt(0, 11, options >> 1)
        if options & 1: p.connect(("10.0.0.1", 0))
        made.append(("ping " + name, p))
    return made
made = sockets()
def about(kind, s):
    port = s.getsockname()[1]
    if kind.startswith("udp"): return ip(udp(port, 7, b"data"), 17, src="10.0.0.2", dst="10.0.0.1")
    if kind.startswith("raw"): return ip(b"raw data", 99, src="10.0.0.2", dst="10.0.0.1")
    return ip(icmp(8, 0, struct.pack("!HH", port, 3), b"ping"), 1, src="10.0.0.2", dst="10.0.0.1")
def error(kind, code, rest=b"\0\0\0\0"):
    print("# %d/%d" % (kind, code))
    raw_done = False
    for name, s in made:
        if name.startswith("raw"):
            if raw_done: continue
            raw_done = True
        frame(ip(icmp(kind, code, rest, about(name, s)), src="10.0.0.9"))
    import time; time.sleep(0.03)
    for name, s in made:
        e, q = pending(s), queue(s)
        if e != "-" or "EAGAIN" not in q: print("%-26s %-14s %s" % (name, e, q))
for code in range(17): error(3, code, b"\0\0" + struct.pack("!H", 1200) if code == 4 else b"\0\0\0\0")
error(4, 0); error(11, 0); error(11, 1); error(12, 0, b"\x14\0\0\0"); error(12, 1); error(5, 1, addr("10.0.0.9"))
print("# not believed")
u = socket.socket(2, 2); u.bind(("10.0.0.2", 0)); u.connect(("10.0.0.1", 7)); port = u.getsockname()[1]
def try_(what, quoted, **k):
    before = count(); frame(ip(icmp(3, 3, b"\0\0\0\0", quoted), **k)); import time; time.sleep(0.02)
    print("%-24s %s %s" % (what, pending(u), changes(before, ("IpInReceives", "IpExtInNoECTPkts", "IpInDelivers", "IcmpInMsgs", "IcmpInDestUnreachs", "IcmpMsgInType3"))))
me = dict(src="10.0.0.2", dst="10.0.0.1")
try_("right", ip(udp(port, 7), 17, **me)); try_("other port", ip(udp(port, 8), 17, **me)); try_("other source port", ip(udp(port ^ 1, 7), 17, **me)); try_("other destination", ip(udp(port, 7), 17, src="10.0.0.2", dst="10.0.0.3")); try_("other source", ip(udp(port, 7), 17, src="10.0.0.3", dst="10.0.0.1")); try_("other protocol", ip(udp(port, 7), 137, **me)); try_("fragment's rest", ip(udp(port, 7), 17, frag=3, **me)); try_("first fragment", ip(udp(port, 7), 17, frag=0x2000, **me)); try_("20 bytes", ip(udp(port, 7), 17, **me)[:20]); try_("24 bytes", ip(udp(port, 7), 17, **me)[:24]); try_("with options", ip(udp(port, 7), 17, options=b"\1\1\1\0", **me)); try_("options cut", ip(udp(port, 7), 17, options=b"\1\1\1\0", **me)[:28])
try_("broken inner sum", ip(udp(port, 7), 17, check=9, **me)); try_("inner version 6", ip(udp(port, 7), 17, version=6, **me)); try_("inner ihl 4", ip(udp(port, 7), 17, ihl=4, **me)); try_("total length 5", ip(udp(port, 7), 17, total=5, **me)); try_("to a broadcast", ip(udp(port, 7), 17, src="10.0.0.2", dst="10.0.0.255"))
P
python3 errors.py
