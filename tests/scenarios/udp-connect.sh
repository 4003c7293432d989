# connect of UDP sockets: addresses that are refused, what changes, what is heard then, AF_UNSPEC, the errors that come back.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n a addr add 10.0.0.11/24 dev e0; ip -n a route add blackhole 10.6.0.0/16; ip -n a route add prohibit 10.7.0.0/16; ip -n a route add unreachable 10.8.0.0/16
cat >p.py <<'P'
import ctypes, errno, socket, struct, time
from calls import t
from netns import enter
enter("b"); peer = socket.socket(2, 2); peer.bind(("10.0.0.2", 5000)); other = socket.socket(2, 2); other.bind(("10.0.0.2", 5001)); enter("a")
def names(s): return s.getsockname()[0], s.getsockname()[1] != 0, t(s.getpeername)
libc = ctypes.CDLL(None, use_errno=True)
def connect_raw(s, b):
    r = libc.connect(s.fileno(), b, len(b)); return errno.errorcode[ctypes.get_errno()] if r else "ok"
def sa(family, a="10.0.0.2", port=5000, n=16): return (struct.pack("=H", family) + struct.pack("!H4s8x", port, socket.inet_aton(a)))[:n]
for what, to in (("a host", "10.0.0.2"), ("own", "10.0.0.1"), ("lo", "127.0.0.1"), ("0.0.0.0", "0.0.0.0"), ("all", "10.0.0.255"), ("limited", "255.255.255.255"), ("a group", "224.0.0.9"), ("nowhere", "99.9.9.9"), ("blackhole", "10.6.0.1"), ("prohibited", "10.7.0.1"), ("unreachable", "10.8.0.1")):
    s = socket.socket(2, 2); print(what, t(s.connect, (to, 5000)), names(s)); s.setsockopt(1, 6, 1); print("   with SO_BROADCAST", t(s.connect, (to, 5000)), names(s))
s = socket.socket(2, 2); print("port 0", t(s.connect, ("10.0.0.2", 0)), names(s), t(s.send, b"x"))
for family in (0, 1, 2, 10, 77):
    for n in (0, 1, 2, 8, 15, 16): s = socket.socket(2, 2); s.connect(("10.0.0.2", 5000)) if family == 0 else None; print("family %d, %d bytes" % (family, n), connect_raw(s, sa(family, n=n)), names(s))
print("# who is heard"); s = socket.socket(2, 2); s.bind(("0.0.0.0", 7000)); s.settimeout(0.1)
def hear():
    got = []
    while True:
        try: got.append(s.recvfrom(99))
        except TimeoutError: return got
        except OSError as e: got.append(errno.errorcode[e.errno])
peer.sendto(b"before", ("10.0.0.1", 7000)); other.sendto(b"before", ("10.0.0.1", 7000)); time.sleep(0.02); print(t(s.connect, ("10.0.0.2", 5000)), names(s), hear())
for to in ("10.0.0.1", "10.0.0.11"): peer.sendto(b"peer", (to, 7000)); other.sendto(b"other", (to, 7000))
time.sleep(0.02); print(hear()); print("again elsewhere", t(s.connect, ("10.0.0.2", 5001)), names(s)); other.sendto(b"other", ("10.0.0.1", 7000)); time.sleep(0.02); print(hear()); print("undone", connect_raw(s, sa(0)), names(s)); peer.sendto(b"peer", ("10.0.0.11", 7000)); time.sleep(0.02); print(hear())
u = socket.socket(2, 2); u.connect(("10.0.0.2", 5000)); p = u.getsockname()[1]; print("unbound, undone", connect_raw(u, sa(0)), u.getsockname(), t(u.send, b"x"), t(u.sendto, b"x", ("10.0.0.2", 5000)), u.getsockname()[1] not in (0, p) or u.getsockname()[1] == p)
b = socket.socket(2, 2); b.bind(("10.0.0.11", 0)); q = b.getsockname()[1]; b.connect(("10.0.0.2", 5000)); print("bound, undone", connect_raw(b, sa(0)), b.getsockname()[0], b.getsockname()[1] == q)
print("# errors"); c = socket.socket(2, 2); c.connect(("10.0.0.2", 9)); c.settimeout(0.2); print(t(c.send, b"x")); time.sleep(0.05); print(c.getsockopt(1, 4), c.getsockopt(1, 4)); t(c.send, b"x"); time.sleep(0.05); print(t(c.send, b"x"), t(c.send, b"x")); time.sleep(0.05); print(t(c.recv, 9)); t(c.send, b"x"); time.sleep(0.05); print("connect clears", t(c.connect, ("10.0.0.2", 5000)), c.getsockopt(1, 4)); n = socket.socket(2, 2); n.sendto(b"x", ("10.0.0.2", 9)); time.sleep(0.05); print("not connected", n.getsockopt(1, 4)); n.setsockopt(0, 11, 1); n.sendto(b"x", ("10.0.0.2", 9)); time.sleep(0.05); print("IP_RECVERR", n.getsockopt(1, 4))
print("# to another while connected"); d = socket.socket(2, 2); d.connect(("10.0.0.2", 5000)); print(t(d.sendto, b"x", ("10.0.0.2", 5001)), t(d.sendto, b"x", ("10.0.0.2", 0)), t(d.sendto, b"x", ("0.0.0.0", 5001)), names(d)); d.shutdown(0); print(t(d.recv, 5), t(d.send, b"x"))
P
python3 p.py
