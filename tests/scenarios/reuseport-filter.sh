# SO_ATTACH_REUSEPORT_CBPF: the program's answer is the index of the socket that gets the datagram or the connection, in the order
# in which they were bound; what happens past the end and when one leaves.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
cat >p.py <<'P'
import ctypes, socket, struct, time
from calls import t
def program(*ops):
    code = b"".join(struct.pack("HBBI", *o) for o in ops); keep.append(ctypes.create_string_buffer(code))
    return struct.pack("HxxxxxxP", len(ops), ctypes.addressof(keep[-1]))
keep = []
first_byte = lambda: program((0x30, 0, 0, 0), (0x16, 0, 0, 0))
def group(kind, n):
    all = []
    for i in range(n):
        s = socket.socket(2, kind); s.setsockopt(1, 15, 1); s.bind(("127.0.0.1", 5000)); s.setblocking(False); all.append(s)
        if kind == 1: s.listen(5)
    return all
def ask(all, *values):
    got = []
    for v in values:
        o = socket.socket(2, 2); o.sendto(bytes([v]), ("127.0.0.1", 5000)); time.sleep(0.005)
        got.append([i for i, s in enumerate(all) if s and isinstance(t(s.recv, 9), bytes)])
    return got
u = group(2, 4); print(t(u[2].setsockopt, 1, 51, first_byte())); print("each", ask(u, 0, 1, 2, 3)); print("past the end: one of them", [len(x) for x in ask(u, 4, 5, 255)])
u[1].close(); u[1] = None; print("without the second", ask(u, 0, 1, 2), len(ask(u, 3)[0])); s = socket.socket(2, 2); s.setsockopt(1, 15, 1); s.bind(("127.0.0.1", 5000)); s.setblocking(False); u.append(s); print("one more", ask(u, 0, 1, 2, 3))
print("constant", t(u[0].setsockopt, 1, 51, program((6, 0, 0, 2)))); print(ask(u, 0, 7)); print("detach", t(u[0].setsockopt, 1, 68, struct.pack("i", 0)), t(u[0].setsockopt, 1, 68, struct.pack("i", 0)), [len(x) for x in ask(u, 0, 7)])
print("before bind", t(socket.socket(2, 2).setsockopt, 1, 51, first_byte()), end=" "); z = socket.socket(2, 2); z.setsockopt(1, 15, 1); print(t(z.setsockopt, 1, 51, first_byte()), t(z.bind, ("127.0.0.1", 5001)), t(z.setsockopt, 1, 51, program((0x99, 0, 0, 0))), t(z.setsockopt, 1, 51, program((0x30, 0, 0, 0))), t(z.setsockopt, 1, 51, struct.pack("HxxxxxxP", 0, 0)), t(z.setsockopt, 1, 51, b"\1"))
for s in u: s and s.close()
print("# TCP"); l = group(1, 3); print(t(l[0].setsockopt, 1, 51, program((6, 0, 0, 1))))
def accepted():
    c = [socket.socket() for i in range(4)]; [x.connect(("127.0.0.1", 5000)) for x in c]; time.sleep(0.02); counts = []
    for s in l:
        n = 0
        while s and not isinstance(t(s.accept), str): n += 1
        counts.append(n)
    return counts
print(accepted()); l[1].close(); l[1] = None; print(accepted()); print(t(l[0].setsockopt, 1, 51, program((6, 0, 0, 0)))); print(accepted()); print(t(l[2].setsockopt, 1, 51, program((6, 0, 0, 9)))); print(sum(accepted()))
P
python3 p.py
