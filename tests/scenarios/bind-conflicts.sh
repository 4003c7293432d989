# Who may bind a port that somebody has: every pair of addresses, SO_REUSEADDR, SO_REUSEPORT, devices and listening, for TCP,
# UDP, UDP-Lite; and what a datagram to such a port goes to.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; ip link add d0 type dummy; ip addr add 10.0.0.1/24 dev d0; ip addr add 10.0.0.2/24 dev d0; ip link set d0 up
cat >p.py <<'P'
import socket, time
from calls import t
def make(kind, address, flags, listen, device=None, proto=0):
    s = socket.socket(2, kind, proto)
    if "a" in flags: s.setsockopt(1, 2, 1)
    if "p" in flags: s.setsockopt(1, 15, 1)
    if device: s.setsockopt(1, 25, device)
    r = t(s.bind, (address, 5000))
    if r is None and listen: r = t(s.listen, 1) and "listen " + str(t(s.listen, 1))
    return s, r or "ok"
for kind, proto, listening in ((2, 0, (0,)), (2, 136, (0,)), (1, 0, (0, 1))):
    for first in ("0.0.0.0", "10.0.0.1"):
        for l1 in listening:
            for f1 in ("-", "a", "p", "ap"):
                a, r1 = make(kind, first, f1, l1, None, proto); row = []
                for second in ("0.0.0.0", "10.0.0.1", "10.0.0.2"):
                    for l2 in listening:
                        for f2 in ("-", "a", "p", "ap"):
                            b, r2 = make(kind, second, f2, l2, None, proto); b.close(); row.append({"ok": ".", "EADDRINUSE": "x"}.get(r2, r2))
                    row.append(" ")
                a.close(); print("type %d/%d %s %s%s %s:" % (kind, proto, first, f1, " listens" if l1 else "", r1), "".join(row))
print("# devices")
for kind in (1, 2):
    for d1 in (None, b"lo", b"d0"):
        a, r1 = make(kind, "0.0.0.0", "-", kind == 1, d1); row = []
        for d2 in (None, b"lo", b"d0"): b, r2 = make(kind, "0.0.0.0", "-", kind == 1, d2); b.close(); row.append(r2)
        a.close(); print(kind, d1, r1, row)
print("# options changed later")
a, r = make(2, "0.0.0.0", "-", 0); b = socket.socket(2, 2); b.setsockopt(1, 2, 1); print(t(b.bind, ("0.0.0.0", 5000))); a.setsockopt(1, 2, 1); print(t(b.bind, ("0.0.0.0", 5000)), t(b.bind, ("0.0.0.0", 5001))); a.close(); b.close()
a, r = make(2, "0.0.0.0", "p", 0); b = socket.socket(2, 2); b.setsockopt(1, 15, 1); a.setsockopt(1, 15, 0); print(t(b.bind, ("0.0.0.0", 5000))); a.close(); b.close()
print("# who hears")
def hears(*which):
    out = socket.socket(2, 2); all = []
    for address, device, peer in which:
        s = socket.socket(2, 2); s.setsockopt(1, 2, 1); s.setblocking(False)
        if device: s.setsockopt(1, 25, device)
        s.bind((address, 5000)); all.append(s)
        if peer: s.connect(peer)
    out.bind(("10.0.0.2", 6000))
    for to in ("10.0.0.1", "10.0.0.2", "127.0.0.1", "10.0.0.255"):
        out.setsockopt(1, 6, 1); r = t(out.sendto, b"x", (to, 5000)); time.sleep(0.01)
        print("   to", to, r, [i for i, s in enumerate(all) if isinstance(t(s.recv, 9), bytes)])
    [s.close() for s in all]; out.close()
for w in ((("0.0.0.0", None, None), ("10.0.0.1", None, None)), (("10.0.0.1", None, None), ("10.0.0.1", None, None)), (("0.0.0.0", b"lo", None), ("0.0.0.0", None, None), ("0.0.0.0", b"d0", None)), (("10.0.0.1", None, None), ("10.0.0.1", None, ("10.0.0.2", 6000)), ("10.0.0.1", None, ("10.0.0.2", 6001))), (("10.0.0.255", None, None), ("10.0.0.1", None, None))): print(w); hears(*w)
P
python3 p.py
