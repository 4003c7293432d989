# UDP_SEGMENT: how one message becomes many datagrams, its limits, as option and as control data; UDP_GRO off.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
cat >p.py <<'P'
import socket, time
from calls import t
from netns import enter
enter("b"); u = socket.socket(2, 2); u.bind(("10.0.0.2", 5000)); u.setsockopt(1, 8, 4 << 20); u.setsockopt(1, 33, 4 << 20); u.setblocking(False); enter("a")
def heard():
    time.sleep(0.02); got = []
    while True:
        r = t(u.recv, 70000)
        if isinstance(r, str): break
        got.append(len(r))
    return got if len(got) < 5 else "%d of %d and %d" % (len(got) - 1, got[0], got[-1]) if len(set(got[:-1])) == 1 else got
def say(what, r): print("%-28s" % what, r, heard())
s = socket.socket(2, 2); s.connect(("10.0.0.2", 5000)); SEG = (17, 103)
for v in (0, 1, 100, 1472, 1473, 65535, 65536, -1): print("set", v, t(s.setsockopt, *SEG, v), s.getsockopt(*SEG))
for seg in (1, 100, 1000, 1472, 1473, 2000):
    s.setsockopt(*SEG, seg)
    for n in (0, 1, seg, seg + 1, seg * 2, seg * 63, seg * 64, seg * 64 + 1, seg * 65, seg * 128, seg * 128 + 1, 65507): say("segment %d of %d" % (seg, n), t(s.send, bytes(n)) if n <= 65507 else "-")
s.setsockopt(*SEG, 0)
for size in (b"\x64\0", b"\x64", b"\x64\0\0\0", b"\0\0", b"\xff\xff"): say("control %s" % size.hex(), t(s.sendmsg, [bytes(1000)], [(17, 103, size)]))
say("not connected", t(socket.socket(2, 2).sendmsg, [bytes(1000)], [(17, 103, b"\x64\0")], 0, ("10.0.0.2", 5000)))
for what, level, name, v in (("DF", 0, 10, 2), ("no checksum", 1, 11, 1)):
    x = socket.socket(2, 2); x.connect(("10.0.0.2", 5000)); x.setsockopt(level, name, v); x.setsockopt(*SEG, 500); say(what, t(x.send, bytes(1200))); x.setsockopt(*SEG, 1473); say(what + ", 1473", t(x.send, bytes(3000)))
s.setsockopt(*SEG, 100); say("corked", (t(s.send, bytes(250), 0x8000), t(s.send, bytes(100)))); say("cork and control", (t(s.sendmsg, [bytes(250)], [(17, 103, b"\x32\0")], 0x8000), t(s.send, bytes(10))))
g = socket.socket(2, 2); print("UDP_GRO", [(v, t(g.setsockopt, 17, 104, v), g.getsockopt(17, 104)) for v in (1, 0, 2)]); l = socket.socket(2, 2, 136); print("UDP-Lite", t(l.setsockopt, *SEG, 100))
P
python3 p.py
