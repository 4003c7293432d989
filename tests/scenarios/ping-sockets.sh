# Ping sockets (SOCK_DGRAM, IPPROTO_ICMP): who may have one, identifiers by bind and without, what may be sent, what is heard, errors.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
cat >p.py <<'P'
import errno, socket, struct, time
from calls import t
from netns import enter
def allowed(v):
    with open("/proc/sys/net/ipv4/ping_group_range", "w") as f: r = t(f.write, v); e = t(f.flush)
    return e or open("/proc/sys/net/ipv4/ping_group_range").read().split()
enter("a")
for v in ("1 0", "0 0", "0 2147483647", "5 4", "x", "0", "0 4294967295"):
    try: print(v, allowed(v), end=" ")
    except OSError as e: print(v, errno.errorcode[e.errno], end=" ")
    s = t(socket.socket, 2, 2, 1); print(s if isinstance(s, str) else "ok")
def P(): s = socket.socket(2, 2, 1); s.settimeout(0.3); return s
try: allowed("0 2147483647")
except OSError: pass
def get(s, n=2000):
    try: d, who = s.recvfrom(n); return "type %d code %d id %s seq %d, %d bytes from %s" % (d[0], d[1], "own" if struct.unpack("!H", d[4:6])[0] == s.getsockname()[1] else d[4:6].hex(), struct.unpack("!H", d[6:8])[0], len(d), who)
    except TimeoutError: return "nothing"
    except OSError as e: return errno.errorcode[e.errno]
def echo(kind=8, code=0, ident=0x1234, seq=1, data=b"data"): return struct.pack("!BBHHH", kind, code, 0xbad, ident, seq) + data
s = P(); print("fresh", s.getsockname()); print("sent", t(s.sendto, echo(), ("10.0.0.2", 0)), s.getsockname()[0], s.getsockname()[1] != 0, get(s))
for what, m in (("a reply", echo(0)), ("code 1", echo(code=1)), ("type 13", echo(13)), ("type 3", echo(3)), ("7 bytes", echo(data=b"")[:7]), ("8 bytes", echo(data=b"")), ("nothing", b""), ("65507", echo(data=bytes(65499))), ("65508", echo(data=bytes(65500))), ("1 byte short of all", echo(data=bytes(65498)))): print(what, t(s.sendto, m, ("10.0.0.2", 0)), get(s, 70000))
for what, to in (("a port", ("10.0.0.2", 7)), ("all", ("10.0.0.255", 0)), ("limited", ("255.255.255.255", 0)), ("nowhere", ("10.9.9.9", 0)), ("own", ("10.0.0.1", 0)), ("lo", ("127.0.0.1", 0))): print("to", what, t(s.sendto, echo(), to), get(s))
s.setsockopt(1, 6, 1); print("to all with leave", t(s.sendto, echo(), ("10.0.0.255", 0)), get(s))
print("# bind"); a, b = P(), P(); print(t(a.bind, ("10.0.0.1", 77)), a.getsockname(), t(b.bind, ("10.0.0.1", 77)), t(b.bind, ("0.0.0.0", 77)), t(b.bind, ("127.0.0.1", 77)), t(b.bind, ("10.0.0.9", 78)), t(b.bind, ("224.0.0.1", 78)), t(b.bind, ("0.0.0.0", 79)), t(b.bind, ("0.0.0.0", 80)), b.getsockname()); c = P(); c.setsockopt(1, 2, 1); print("reuse one side", t(c.bind, ("10.0.0.1", 77))); a.setsockopt(1, 2, 1); print("both", t(P().bind, ("10.0.0.1", 77)))
print("by bound id", t(a.sendto, echo(ident=5), ("10.0.0.2", 0)), get(a), get(b))
print("# connect"); k = P(); print(t(k.connect, ("10.0.0.2", 0)), k.getsockname()[0], t(k.getpeername), t(k.send, echo()), get(k), t(k.connect, ("10.0.0.2", 7)), t(k.getpeername), t(k.send, echo()), get(k), t(k.sendto, echo(), ("127.0.0.1", 0)), get(k))
print("# errors"); import subprocess; subprocess.run("ip -n b route add unreachable 10.5.0.0/16; ip -n a route add 10.5.0.0/16 via 10.0.0.2; ip netns exec b sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0", shell=True)
e = P(); print("not told", t(e.sendto, echo(), ("10.5.1.1", 0)), get(e)); e.setsockopt(0, 11, 1); print("IP_RECVERR", t(e.sendto, echo(seq=9), ("10.5.1.1", 0))); time.sleep(0.05); m = t(e.recvmsg, 200, 500, 0x2000); print(m if isinstance(m, str) else (m[0][:2].hex(), m[0][6:8].hex(), len(m[0]), m[1][0][2][:8].hex(), m[1][0][2][16:24].hex(), hex(m[2]), m[3][0]), get(e)); f = P(); f.connect(("10.5.1.1", 0)); print("connected", t(f.send, echo()), get(f), t(f.send, echo()), get(f))
for o, v in ((2, 5), (1, 0x20), (12, 1), (8, 1), (3, 1), (6, 1)): print("option", o, t(f.setsockopt, 0, o, v), t(f.getsockopt, 0, o))
P
python3 p.py
