# net.core.optmem_max: what filters cost, kind of instruction by kind; how many control messages, filters and keys a socket may
# have; what is refused, and what of it is given back.
exec 2>&1
ip link set lo up
cat >optmem.py <<'P'
import ctypes, errno, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
def om(s): return struct.unpack("9I", s.getsockopt(1, 55, 36))[6]
def attach(s, prog, name=26):
    b = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in prog))
    try: s.setsockopt(1, name, struct.pack("HxxxxxxQ", len(prog), ctypes.addressof(b)))
    except OSError as x: return errno.errorcode[x.errno]
    return om(s)
def send(s, n, bad=False):
    c = ctypes.create_string_buffer(max(n, 16)); n >= 16 and struct.pack_into("Qii", c, 0, n, 99, 1); d = ctypes.create_string_buffer(b"x"); iov = (ctypes.c_uint64 * 2)(ctypes.addressof(d), 1)
    r = libc.sendmsg(s.fileno(), (ctypes.c_uint64 * 7)(0, 0, ctypes.addressof(iov), 1, 8 if bad else ctypes.addressof(c), n, 0), 0)
    return r if r >= 0 else errno.errorcode[ctypes.get_errno()]
R = (6, 0, 0, 1)
def cost(name, *prog): r = attach(socket.socket(2, 2), list(prog) + [R]); print(name, (r - 112) / 8 if isinstance(r, int) else r, end="; ")
print("returns", [attach(socket.socket(2, 2), p) for p in ([R], [(0x16, 0, 0, 0)], [R] * 3, [R] * 100)])
for name, code in (("ld", 0), ("ldx", 1), ("ld len", 0x80), ("ldx len", 0x81), ("tax", 7), ("txa", 0x87), ("st", 2), ("stx", 3)): cost(name, (code, 0, 0, 5))
cost("scratch", (2, 0, 0, 1), (0x60, 0, 0, 1), (0x61, 0, 0, 1)); print("\nalu", end=" ")
for op in range(0, 0xb0, 16):
    for src, k in ((4, 3), (4, 0x80000003), (12, 0)): cost("%x" % (op | src), (op | src, 0, 0, k))
for op in (0x10, 0x20, 0x30, 0x40):
    print("\njump %x" % op, end=" ")
    for src in (0, 8):
        for k in (5, 0x80000000):
            for jt, jf in ((0, 0), (0, 1), (1, 0), (1, 1), (2, 1)): cost("%d %x %d %d" % (src, k, jt, jf), (5 | op | src, jt, jf, k), R, R)
cost("ja", (5, 0, 0, 0)); cost("ja 1", (5, 0, 0, 1), R); print("\nextensions", end=" ")
for i in range(16): cost(str(i), (0x20, 0, 0, 0xfffff000 + 4 * i)) if i != 13 else None
print("\nby a call", end=" ")
for size in (0, 8, 16):
    for k in (0, 1, 14, 0x8000, 0xfff00000): cost("ind %x" % k, (0x40 | size, 0, 0, k))
    cost("negative", (0x20 | size, 0, 0, 0xfff00000))
cost("msh", (0xb1, 0, 0, 0xfff00000)); cost("both", (0x40, 0, 0, 14), (0x48, 0, 0, 16))
print("\n# filters"); r = socket.socket(2, 2); r.bind(("127.0.0.1", 5000)); w = socket.socket(2, 2); w.connect(("127.0.0.1", 5000))
print([attach(socket.socket(2, 2), [R] * n) for n in (1272, 1273, 1274, 4096)]); print(attach(w, [R] * 1000), attach(w, [R] * 272), om(w), attach(w, [R] * 271), attach(w, [R] * 1000), om(w)); w.setsockopt(1, 27, 0); print(om(w), attach(w, [R] * 1000))
def reuseport(n): s = socket.socket(2, 2); s.setsockopt(1, 15, 1); s.bind(("127.0.0.1", 5009)); return attach(s, [R] * n, 51)
print("reuseport", [reuseport(n) for n in (1, 1274, 1275)])
l = socket.socket(); l.bind(("127.0.0.1", 5001)); print("listener", attach(l, [R] * 20)); l.listen(); c = socket.socket(); c.connect(("127.0.0.1", 5001)); a, _ = l.accept(); print("child", om(a), om(l)); a.setsockopt(1, 27, 0); print(om(a), om(l))
print("# control messages"); w.setsockopt(1, 27, 0)
for n in (0, 8, 16, 36, 37, 40, 1000, 20472, 20479, 20480, 20481, 100000): print(n, send(w, n), send(w, n, True) if n else "", end="; ")
print("\nwith a filter", attach(w, [R] * 1000)); left = 20480 - om(w); print([send(w, n) for n in (36, left - 1, left, left + 1)])
for kind in ((16, 3, 0), (17, 3, 0), (2, 3, 1), (2, 1, 0)): s = socket.socket(*kind); print(kind, [send(s, n) for n in (36, 20479, 20480)] if kind[1] == 3 else "", attach(s, [R] * 5), end="; ")
print("\n# keys"); s = socket.socket()
def md5(i, key): s.setsockopt(6, 14, struct.pack("HH4s120xBBHi80s", 2, 0, socket.inet_aton("10.0.0.%d" % i), 0, 0, len(key), 0, key))
for i in (1, 2, 3): md5(i, b"a")
attach(s, [R] * 1200); n = 0
try:
    for n in range(4, 200): md5(n, b"b")
except OSError as x: print("keys beside a filter:", n, errno.errorcode[x.errno])
s.setsockopt(1, 27, 0); md5(1, b"changed"); md5(2, b"")
try:
    for n in range(n, 200): md5(n, b"c")
except OSError as x: print("keys alone:", n, errno.errorcode[x.errno])
P
python3 optmem.py
