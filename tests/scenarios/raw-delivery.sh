# Which raw sockets hear a packet: by protocol, bound and connected address, device, filter; with headers as they came, fragments put together, errors.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n b addr add 10.0.0.3/24 dev e0
cat >p.py <<'P'
import ctypes, socket, struct, time
from calls import t
from netns import enter
enter("b"); kinds = {}
def add(name, proto, bind=None, connect=None, device=None):
    s = socket.socket(2, 3, proto); s.setblocking(False)
    if device: s.setsockopt(1, 25, device)
    if bind: s.bind((bind, 0))
    if connect: s.connect((connect, 0))
    kinds[name] = s
add("99", 99); add("99 .2", 99, "10.0.0.2"); add("99 .3", 99, "10.0.0.3"); add("99 from .1", 99, None, "10.0.0.1"); add("99 from .7", 99, None, "10.0.0.7"); add("99 lo", 99, device=b"lo"); add("99 e0", 99, device=b"e0"); add("99 all", 99, "10.0.0.255"); add("99 group", 99, "224.0.0.5"); add("raw", 255); add("98", 98); add("udp", 17); add("icmp", 1); add("igmp", 2); add("tcp", 6); add("ipip", 4)
shut = socket.socket(2, 3, 99); shut.setblocking(False); print("shutdown", t(shut.shutdown, 0)); kinds["99 shut"] = shut
def who():
    time.sleep(0.03); got = []
    for k, s in kinds.items():
        while True:
            r = t(s.recvfrom, 70000)
            if isinstance(r, str): got += [k + " " + r] if r != "EAGAIN" else []; break
            if k == "99 shut" and not r[0]: break
            p = r[0]; got.append("%s:%d%s" % (k, len(p), "" if r[1] == (socket.inet_ntoa(p[12:16]), 0) else str(r[1])))
    return got
enter("a"); o = {p: socket.socket(2, 3, p) for p in (99, 98, 97)}; [s.setsockopt(1, 6, 1) for s in o.values()]
for to in ("10.0.0.2", "10.0.0.3", "10.0.0.255", "255.255.255.255", "224.0.0.5", "224.0.0.1"): print("99 to", to, t(o[99].sendto, b"hello", (to, 0)), *who(), sep=" | ")
enter("b"); kinds["99 group"].setsockopt(0, 35, socket.inet_aton("224.0.0.5") + socket.inet_aton("10.0.0.2")); enter("a"); print("224.0.0.5, joined", t(o[99].sendto, b"hello", ("224.0.0.5", 0)), *who(), sep=" | ")
enter("b"); kinds["99 group"].setsockopt(0, 36, socket.inet_aton("224.0.0.5") + socket.inet_aton("10.0.0.2")); kinds["icmp"].setsockopt(0, 35, socket.inet_aton("224.0.0.5") + socket.inet_aton("10.0.0.2")); enter("a"); print("joined by another", t(o[99].sendto, b"hello", ("224.0.0.5", 0)), *who(), sep=" | ")
print("98", t(o[98].sendto, b"", ("10.0.0.2", 0)), *who(), sep=" | "); print("4000 bytes", t(o[99].sendto, bytes(4000), ("10.0.0.2", 0)), *who(), sep=" | ")
e = socket.socket(2, 3, 97); e.settimeout(0.2); e.connect(("10.0.0.2", 0)); e.send(b"nobody"); time.sleep(0.05); print("nobody, 97", *who(), t(e.recv, 10), sep=" | ") if False else print("nobody, 97", *who(), sep=" | ")
x = socket.socket(2, 3, 97); x.setsockopt(0, 11, 1); x.setblocking(False); x.sendto(b"nobody", ("10.0.0.2", 0)); time.sleep(0.05); m = t(x.recvmsg, 100, 500, 0x2000); print("its error", m if isinstance(m, str) else (len(m[0]), m[1][0][:2], m[1][0][2][:8].hex(), m[3]), t(x.recv, 10))
u = socket.socket(2, 2); u.sendto(b"hi", ("10.0.0.2", 9)); print("udp", *who(), sep=" | "); q = socket.socket(2, 3, 255)
def head(proto, body, src="10.0.0.1", dst="10.0.0.2", frag=0, opts=b""): return struct.pack("!BBHHHBBH4s4s", 0x45 + len(opts) // 4, 0x48, 0, 7, frag, 9, proto, 0, socket.inet_aton(src), socket.inet_aton(dst)) + opts + body
for what, p in (("a source of another", head(99, b"x", "10.0.0.7")), ("options", head(99, b"x", opts=b"\x01\x01\x01\0")), ("a fragment", head(99, b"x" * 8, frag=0x2000)), ("the other", head(99, b"y" * 8, frag=1)), ("ipip", head(4, head(17, b"")))): print(what, t(q.sendto, p, ("10.0.0.2", 0)), *who(), sep=" | ")
f = kinds["99"]; code = ctypes.create_string_buffer(struct.pack("HBBI", 0x28, 0, 0, 20) + struct.pack("HBBI", 0x15, 0, 1, 0x6865) + struct.pack("HBBI", 6, 0, 0, 23) + struct.pack("HBBI", 6, 0, 0, 0)); f.setsockopt(1, 26, struct.pack("HxxxxxxP", 4, ctypes.addressof(code)))
for d in (b"hello", b"world"): print("a filter,", d, t(o[99].sendto, d, ("10.0.0.2", 0)), *who(), sep=" | ")
f.setsockopt(1, 27, 0); f.setsockopt(0, 12, 1); f.setsockopt(0, 8, 1); o[99].sendto(b"z", ("10.0.0.3", 0)); m = f.recvmsg(100, 100); print(m[0][:4].hex(), m[0][8:].hex() == m[0][8:].hex(), [(c[1], c[2].hex()) for c in m[1]], m[3]); who()
enter("b"); print("to himself", t(kinds["98"].sendto, b"x", ("10.0.0.2", 0)), *who(), sep=" | "); print("bind", t(socket.socket(2, 3, 99).bind, ("10.0.0.9", 0)), t(socket.socket(2, 3, 99).bind, ("10.0.0.2", 77)), kinds["99 .2"].getsockname(), t(kinds["99 from .1"].getpeername), t(kinds["99"].getpeername))
P
python3 p.py
