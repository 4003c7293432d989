# UDP_CORK and MSG_MORE: what is gathered, when it goes, how large it may become, and who may speak in between.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
cat >p.py <<'P'
import socket, struct
from calls import t
from netns import enter
from tap import arrived, tap
seen = tap("b", "e0"); enter("a")
def wire():
    return ["%s port %d len %d off %x" % (socket.inet_ntoa(p[16:20]), struct.unpack("!H", p[22:24])[0] if p[9] == 17 and not struct.unpack("!H", p[6:8])[0] & 0x1fff else 0, len(p), struct.unpack("!H", p[6:8])[0]) for p in arrived(seen, 0.01)]
A, B = ("10.0.0.2", 5000), ("10.0.0.2", 5001)
def say(what, r): print("%-34s" % what, r, *wire(), sep=" | ")
s = socket.socket(2, 2); CORK = (17, 1)
say("more", t(s.sendto, b"abc", 0x8000, A)); say("the rest", t(s.sendto, b"def", A)); say("cork", t(s.setsockopt, *CORK, 1)); say("corked", t(s.sendto, b"abc", A)); say("corked, to another", t(s.sendto, b"de", B)); say("get", s.getsockopt(*CORK)); say("uncork", t(s.setsockopt, *CORK, 0)); say("uncork again", t(s.setsockopt, *CORK, 0))
s.setsockopt(*CORK, 1); say("zero bytes corked", t(s.sendto, b"", A)); say("uncork", t(s.setsockopt, *CORK, 0)); say("more of nothing", t(s.sendto, b"", 0x8000, A)); say("nothing more", t(s.sendto, b"", 0, A))
s.connect(A); say("connected, more", t(s.send, b"x" * 1000, 0x8000)); say("to another meanwhile", t(s.sendto, b"y" * 1000, B)); say("end", t(s.send, b"")); say("more", t(s.send, b"1", 0x8000)); say("connect elsewhere", t(s.connect, B)); say("end", t(s.send, b"2"))
say("more", t(s.send, b"x" * 60000, 0x8000)); say("too much", t(s.send, b"x" * 6000)); say("after", t(s.send, b"after")); say("65507 in two", (t(s.send, b"x" * 65000, 0x8000), t(s.send, b"x" * 507))); say("65508 in two", (t(s.send, b"x" * 65000, 0x8000), t(s.send, b"x" * 508))); say("then", t(s.send, b""))
say("more", t(s.send, b"gone", 0x8000)); s.close(); say("closed", None)
s = socket.socket(2, 2); s.connect(A); say("more, then shut", (t(s.send, b"abc", 0x8000), t(s.shutdown, 1))); say("then", t(s.send, b"x")); s = socket.socket(2, 2); s.connect(A); say("ttl of the first", (s.setsockopt(0, 2, 5), t(s.send, b"abc", 0x8000), s.setsockopt(0, 2, 9), t(s.send, b"d")))
say("mmsg-like: four", [t(s.send, b"x", 0x8000 if i < 3 else 0) for i in range(4)]); s.setsockopt(0, 10, 2); say("DF, more than the MTU", (t(s.send, b"x" * 1000, 0x8000), t(s.send, b"x" * 1000))); say("after", t(s.send, b"ok"))
r = socket.socket(2, 3, 99); say("raw with more", t(r.sendto, b"abc", 0, ("10.0.0.2", 0)))
for v in (2, -1): say("cork %d" % v, (t(s.setsockopt, *CORK, v), s.getsockopt(*CORK)))
P
python3 p.py
