# UDP_CORK and MSG_MORE: what is gathered, when it goes, how large it may become, and who may speak in between.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 brd + dev e0; ip -n b addr add 10.0.0.2/24 brd + dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def t(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
enter("b"); seen = socket.socket(17, 2, socket.htons(0x800)); seen.bind(("e0", 0x800)); seen.setblocking(False); enter("a")
def wire():
    time.sleep(0.01); got = []
    while True:
        r = t(seen.recvfrom, 70000)
        if isinstance(r, str): return got
        p = r[0]
        if r[1][2] != 4: got.append("%s port %d len %d off %x" % (socket.inet_ntoa(p[16:20]), struct.unpack("!H", p[22:24])[0] if p[9] == 17 and not struct.unpack("!H", p[6:8])[0] & 0x1fff else 0, len(p), struct.unpack("!H", p[6:8])[0]))
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
