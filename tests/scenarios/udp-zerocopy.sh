# MSG_ZEROCOPY of UDP: each call's memory is told free on the error queue, as a range of calls' numbers; on lo and a veth
# it was copied.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip netns add b; ip link add v0 type veth peer name v0 netns b
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip -n b addr add 10.0.0.2/24 dev v0; ip -n b link set v0 up
ping -qc1 10.0.0.2 >/dev/null
cat >/tmp/zerocopy.$$.py <<'P'
import select, socket, struct, time
from calls import attempt
ZEROCOPY, SO_ZEROCOPY = 0x4000000, 60


def told(s):
    """What the error queue says, all of it."""
    p = select.poll()
    p.register(s, select.POLLIN)
    print("poll", [e for _, e in p.poll(300)])
    while True:
        try:
            data, control, flags, name = s.recvmsg(100, 512, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            break
        for level, kind, c in control:
            no, origin, type_, code, _, info, value = struct.unpack("IBBBBII", c[:16])
            print("told", len(data), level, kind, len(c), "errno", no, "origin", origin, "type", type_, "code", code,
                  "from", info, "to", value, "flags", hex(flags), name)
    print("SO_ERROR", s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), "poll", [e for _, e in p.poll(0)])


def sender(to):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
    s.connect(to)
    s.setblocking(False)
    return s


r = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
r.bind(("127.0.0.1", 7000))
s = sender(("127.0.0.1", 7000))
attempt("SO_ZEROCOPY", lambda: s.getsockopt(socket.SOL_SOCKET, SO_ZEROCOPY))
attempt("2", lambda: s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 2))
attempt("raw", lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 200).setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1))
attempt("send", lambda: s.send(b"x" * 1000, ZEROCOPY))
told(s)
for _ in range(5):
    s.send(b"y" * 500, ZEROCOPY)
    s.send(b"not so")
told(s)
attempt("empty", lambda: s.send(b"", ZEROCOPY))
told(s)
s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 0)
attempt("off", lambda: s.send(b"x", ZEROCOPY))
told(s)
s.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
attempt("long", lambda: s.send(b"z" * 60000, ZEROCOPY))
told(s)
attempt("too long", lambda: s.send(b"z" * 65508, ZEROCOPY))
told(s)
print("gathered")
s.send(b"a" * 100, ZEROCOPY | socket.MSG_MORE)
s.send(b"b" * 100, ZEROCOPY | socket.MSG_MORE)
s.send(b"c" * 100, ZEROCOPY)
told(s)
print("segments")
s.sendmsg([b"d" * 1000], [(17, 103, struct.pack("H", 300))], ZEROCOPY)
told(s)
print([len(r.recv(65536)) for _ in range(3)])
t = sender(("127.0.0.1", 7009))
t.setsockopt(socket.SOL_IP, 11, 1)
print("refused")
attempt("send", lambda: t.send(b"x", ZEROCOPY))
told(t)
v = sender(("10.0.0.2", 7000))
print("by a veth")
for _ in range(3):
    attempt("send", lambda: v.send(b"v" * 1400, ZEROCOPY))
    time.sleep(0.05)
told(v)
P
timeout 20 python3 /tmp/zerocopy.$$.py; rm /tmp/zerocopy.$$.py
