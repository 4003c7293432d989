# SO_BINDTODEVICE and SO_BINDTOIFINDEX: names, who hears, which way is taken, when the device goes.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n a link add f0 type veth peer name f0 netns b; ip -n a addr add 10.1.0.1/24 dev f0; ip -n b addr add 10.1.0.2/24 dev f0; ip -n a link set f0 up; ip -n b link set f0 up; ip -n a route add 10.1.0.2/32 via 10.0.0.2; ip -n b link add d0 type dummy
cat >p.py <<'P'
import socket, time
from calls import t
from netns import enter
enter("b"); s = socket.socket(2, 2); B = 25; I = 62
for v in (b"e0", b"e0\0", b"nosuch", b"e0\0junk", b"", b"\0", b"lo", b"x" * 15, b"x" * 16, b"x" * 17): print(v, t(s.setsockopt, 1, B, v), t(s.getsockopt, 1, B, 16), t(s.getsockopt, 1, I, 4))
for v in (0, 1, 2, 999, -1): print(v, t(s.setsockopt, 1, I, v), t(s.getsockopt, 1, B, 16), s.getsockopt(1, I))
for n in (0, 1, 2, 3, 15, 16): s.setsockopt(1, B, b"e0"); print("get by", n, t(s.getsockopt, 1, B, n))
s.setsockopt(1, B, b""); print("none, get", t(s.getsockopt, 1, B, 16)); s.close()
def listeners(*devices):
    all = []
    for d in devices:
        s = socket.socket(2, 2); s.setsockopt(1, 2, 1); s.setsockopt(1, B, d); s.bind(("0.0.0.0", 5000)); s.setblocking(False); all.append(s)
    return all
all = listeners(b"e0", b"f0", b"lo", b""); raw = []
for d in (b"e0", b"f0", b""): r = socket.socket(2, 3, 17); r.setsockopt(1, B, d); r.setblocking(False); raw.append(r)
def who():
    time.sleep(0.02); return [d for d, s in zip(("e0", "f0", "lo", "any"), all) if isinstance(t(s.recv, 9), bytes)], [d for d, s in zip(("e0", "f0", "any"), raw) if isinstance(t(s.recv, 99), bytes)]
enter("a"); o = {d: socket.socket(2, 2) for d in (b"", b"e0", b"f0")}; [s.setsockopt(1, B, d) for d, s in o.items()]
for d, s in o.items():
    s.setsockopt(1, 6, 1)
    for to in ("10.0.0.2", "10.1.0.2", "10.0.0.255", "255.255.255.255", "127.0.0.1", "10.0.0.1"): print("from", d, "to", to, t(s.sendto, b"x", (to, 5000)), *who())
enter("b"); l = socket.socket(2, 2); l.sendto(b"x", ("10.0.0.2", 5000)); print("own address", *who()); l.setsockopt(1, B, b"e0"); print("own address by e0", t(l.sendto, b"x", ("10.0.0.2", 5000)), *who()); print("lo by e0", t(l.sendto, b"x", ("127.0.0.1", 5000)), *who())
print("# TCP"); k = socket.socket(); k.setsockopt(1, B, b"e0"); k.bind(("0.0.0.0", 7000)); k.listen(5); k.settimeout(1); enter("a")
for to in ("10.0.0.2", "10.1.0.2"):
    for d in (b"", b"f0"): c = socket.socket(); c.setsockopt(1, B, d); c.settimeout(0.5); r = "timeout" if False else t(c.connect, (to, 7000)) if to == "10.0.0.2" and d == b"" else None; print(to, d, r); c.close()
a2 = t(k.accept); print(a2[0].getsockopt(1, B, 16) if a2 else a2)
print("# the device goes"); enter("b"); import subprocess; g = socket.socket(2, 2); g.setsockopt(1, B, b"d0"); g.bind(("0.0.0.0", 5005)); subprocess.run("ip link set d0 name d9; ip link set d9 up", shell=True); print(t(g.getsockopt, 1, B, 16)); subprocess.run("ip link del d9", shell=True); print(t(g.getsockopt, 1, B, 16), g.getsockopt(1, I) != 0, t(g.sendto, b"x", ("10.0.0.1", 9)), g.getsockopt(1, 4))
P
python3 p.py
