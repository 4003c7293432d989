# What getsockname says of a TCP socket that was bound to nothing, a port or an address, before and after connecting, being refused and
# disconnecting; whether it may be bound and listen then.
ip link set lo up
cat >names.py <<'P'
import ctypes, socket
libc = ctypes.CDLL(None, use_errno=True)
l = socket.socket(); l.bind(("127.0.0.1", 5000)); l.listen(100)
def un(s): print(libc.connect(s.fileno(), bytes(16), 16), end=" ")
def n(s): print(s.getsockname()[0], s.getsockname()[1] != 0, end="; ")
def t(f,*a):
    try: return f(*a)
    except OSError as e: return e.errno
for how in "conn", "refused", "bound", "boundport", "boundaddr":
    print(how, end=": ")
    c = socket.socket(); n(c)
    if how == "boundport": c.bind(("0.0.0.0", 6001))
    if how == "boundaddr": c.bind(("127.0.0.1", 0))
    if how == "bound": c.bind(("127.0.0.1", 6002))
    n(c); print(t(c.connect, ("127.0.0.1", 5001 if how == "refused" else 5000)), end=" "); n(c)
    un(c); n(c); print(t(c.connect, ("127.0.0.1", 5000)), end=" "); n(c); print(t(c.bind, ("127.0.0.1", 6010)), end=" ")
    un(c); n(c); print(t(c.bind, ("127.0.0.1", 0)), end=" "); n(c); print(t(c.listen), end=" "); n(c); un(c); n(c); print()
    c.close()
    c = socket.socket(); c.setblocking(False); print(t(c.connect, ("127.0.0.1", 5001 if how == "refused" else 5000)), end=" "); n(c); print(t(c.getsockopt, 1, 4), end=" "); n(c); print(t(c.connect, ("127.0.0.1", 5000)), end=" "); n(c); print(t(c.connect, ("127.0.0.1", 5000)), end=" "); n(c); print()
P
python3 names.py 2>&1
