# What the options of multicast take, and how they refuse what they don't.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/host_and_router.sh"
cat >options.py <<'P'
import socket, struct, errno, os
def e(f, *a):
    try: r = f(*a); return "ok" if r is None else r.hex() if isinstance(r, bytes) else r
    except OSError as x: return errno.errorcode.get(x.errno, x.errno)
A = socket.inet_aton
def u(t=2, p=0): return socket.socket(2, t, p)
def ss(a, f=2): return struct.pack("HH4s120x", f, 0, A(a))
G, U, O, N, Z = "239.1.1.1", "10.9.9.9", "10.0.0.1", "10.0.0.77", "0.0.0.0"
eth0 = socket.if_nametoindex("eth0")
names = dict(IF=32, TTL=33, LOOP=34, ADD=35, DROP=36, UNBLOCK=37, BLOCK=38, ADDS=39, DROPS=40, MSF=41, JG=42, BS=43, US=44, LG=45, JSG=46, LSG=47, MSFG=48, ALL=49)
print("# values and lengths")
for n, v in names.items():
    for val in (b"", b"\0", b"\1", b"\2", b"\0\0\0", struct.pack("i", 0), struct.pack("i", 1), struct.pack("i", -1), struct.pack("i", 256), bytes(7), bytes(8), bytes(12), bytes(13), bytes(16), bytes(136), bytes(144), bytes(264), bytes(300)):
        s = u(); print(n, len(val), val[:4].hex(), e(s.setsockopt, 0, v, val), *(e(s.getsockopt, 0, v, l) for l in (1, 2, 4, 8, 16, 200)) if len(val) < 5 else ()); s.close()
    s = u(1); print(n, "stream", e(s.setsockopt, 0, v, A(G) + A(O) + bytes(4)), e(s.setsockopt, 0, v, struct.pack("i", 1))); s.close()
print("# interface")
for val in (A(O), A(N), A(Z), A(G) + A(O), A(G) + A(N), A(G) + A(Z), A(Z) * 2 + struct.pack("i", eth0), A(Z) * 2 + struct.pack("i", 99), A(Z) + A(N) + struct.pack("i", eth0), A(Z) * 2 + struct.pack("i", 1), A(Z) * 2 + struct.pack("i", -1)):
    s = u(); print(val.hex().replace("%08x" % socket.htonl(eth0), "eth0"), e(s.setsockopt, 0, 32, val), e(s.getsockopt, 0, 32, 4), e(s.getsockopt, 0, 32, 12))
    s = u(); s.setsockopt(1, 25, b"lo\0"); print("  bound to lo", e(s.setsockopt, 0, 32, val)); s.close()
print("# membership")
s = u()
for what, v, val in (("unicast", 35, A(U) + A(O)), ("no address", 35, A(G) + A(N)), ("any, no route", 35, A(G) + A(Z)), ("index", 35, A(G) + A(Z) + struct.pack("i", eth0)), ("again", 35, A(G) + A(O)),
    ("no index", 35, A(G) + A(O) + struct.pack("i", 99)), ("lo", 35, A(G) + A(Z) + struct.pack("i", 1)), ("leave lo by address", 36, A(G) + A("127.0.0.1")), ("leave any", 36, A(G) + A(Z)), ("leave unicast", 36, A(U) + A(O)), ("leave other", 36, A("239.9.9.9") + A(O)),
    ("leave no address", 36, A(G) + A(N)), ("leave no index", 36, A(G) + A(Z) + struct.pack("i", 99)), ("leave", 36, A(G) + A(O)), ("leave again", 36, A(G) + A(O))): print(what, e(s.setsockopt, 0, v, val))
print("# of any family")
q = lambda i, a, f=2: struct.pack("ixxxx", i) + ss(a, f)
for what, v, val in (("family 10", 42, q(eth0, G, 10)), ("unicast", 42, q(eth0, U)), ("index 0", 42, q(0, G)), ("index 99", 42, q(99, G)), ("join", 42, q(eth0, G)), ("again", 42, q(eth0, G)), ("leave other", 45, q(eth0, "239.9.9.9")), ("leave family", 45, q(eth0, G, 10)), ("leave", 45, q(eth0, G)), ("leave again", 45, q(eth0, G))): print(what, e(s.setsockopt, 0, v, val))
print("# sources")
def r(g, i, a): return A(g) + A(i) + A(a)
for what, v, val in (("block, not joined", 38, r(G, O, U)), ("drop, not joined", 40, r(G, O, U)), ("add unicast", 39, r(U, O, U)), ("add nowhere", 39, r(G, N, U)), ("add", 39, r(G, O, U)), ("add again", 39, r(G, O, U)), ("block while including", 38, r(G, O, U)), ("join again", 35, A(G) + A(O)), ("drop other", 40, r(G, O, O)), ("drop", 40, r(G, O, U)), ("drop again", 40, r(G, O, U)),
    ("join", 35, A(G) + A(O)), ("unblock none", 37, r(G, O, U)), ("drop while excluding", 40, r(G, O, U)), ("block", 38, r(G, O, U)), ("block again", 38, r(G, O, U)), ("add while blocking", 39, r(G, O, U)), ("unblock other", 37, r(G, O, O)), ("unblock", 37, r(G, O, U)), ("unblock again", 37, r(G, O, U)), ("add, was blocking", 39, r(G, O, U)), ("leave", 36, A(G) + A(O)),
    ("join, then add", 35, A(G) + A(O)), ("empty may change", 39, r(G, O, U)), ("drop last leaves", 40, r(G, O, U)), ("gone", 36, A(G) + A(O))): print(what, e(s.setsockopt, 0, v, val))
p = lambda i, g, a, f=2, h=2: struct.pack("ixxxx", i) + ss(g, f) + ss(a, h)
for what, v, val in (("family", 46, p(eth0, G, U, 10)), ("source family", 46, p(eth0, G, U, 2, 10)), ("any", 46, p(0, G, U)), ("join", 46, p(eth0, G, U)), ("again", 46, p(eth0, G, U)), ("block", 43, p(eth0, G, U)), ("unblock", 44, p(eth0, G, U)), ("leave source", 47, p(eth0, G, U)), ("again", 47, p(eth0, G, U))): print(what, e(s.setsockopt, 0, v, val))
print("# filters")
def f(g, i, mode, src, n=None): return A(g) + A(i) + struct.pack("II", mode, len(src) if n is None else n) + b"".join(map(A, src))
def get(n): return e(s.getsockopt, 0, 41, 16 + 4 * n)
def getn(n):
    b = bytearray(f(G, O, 0, [], n) + bytes(4 * n)); import ctypes
    l = ctypes.c_int(len(b)); c = (ctypes.c_char * len(b)).from_buffer(b); rc = ctypes.CDLL(None, use_errno=True).getsockopt(s.fileno(), 0, 41, c, ctypes.byref(l))
    return bytes(b[:l.value]).hex() if rc == 0 else errno.errorcode[ctypes.get_errno()]
def getg(n, i=eth0, g=G, fam=2):
    b = bytearray(struct.pack("ixxxx", i) + ss(g, fam) + struct.pack("II", 0, n) + bytes(128 * n)); import ctypes
    l = ctypes.c_int(len(b)); c = (ctypes.c_char * len(b)).from_buffer(b); rc = ctypes.CDLL(None, use_errno=True).getsockopt(s.fileno(), 0, 48, c, ctypes.byref(l))
    return (l.value, bytes(b[136:144]).hex(), [bytes(b[144 + 128 * k:152 + 128 * k]).hex() for k in range((l.value - 144) // 128)]) if rc == 0 else errno.errorcode[ctypes.get_errno()]
print("not joined", e(s.setsockopt, 0, 41, f(G, O, 1, [U])), getn(1), getg(1))
print("leave what is not joined", e(s.setsockopt, 0, 41, f(G, O, 1, [])))
print("join", e(s.setsockopt, 0, 35, A(G) + A(O)), getn(0), getn(2), getg(0))
for what, val in (("mode 2", f(G, O, 2, [U])), ("unicast", f(U, O, 1, [U])), ("nowhere", f(G, N, 1, [U])), ("too short", f(G, O, 1, [U], 2)), ("eleven", f(G, O, 1, ["10.9.0.%d" % k for k in range(11)])), ("huge", f(G, O, 1, [], 0x3ffffffd)), ("ten", f(G, O, 0, ["10.9.0.%d" % k for k in range(10)])), ("longer than it says", f(G, O, 1, [U, O], 1))): print(what, e(s.setsockopt, 0, 41, val), getn(0), getn(1), getn(12))
print("eleven by one", e(s.setsockopt, 0, 41, f(G, O, 1, ["10.9.0.%d" % k for k in range(10)])), e(s.setsockopt, 0, 39, r(G, O, U)))
def fg(i, g, mode, src, fam=2, n=None, sf=2): return struct.pack("ixxxx", i) + ss(g, fam) + struct.pack("II", mode, len(src) if n is None else n) + b"".join(ss(x, sf) for x in src)
for what, val in (("family", fg(eth0, G, 1, [U], 10)), ("source family", fg(eth0, G, 1, [U], 2, None, 10)), ("mode 7", fg(eth0, G, 7, [U])), ("index 99", fg(99, G, 1, [U])), ("too short", fg(eth0, G, 1, [U], 2, 2)), ("many", fg(eth0, G, 1, [], 2, 11)), ("two", fg(eth0, G, 0, [U, O]))): print(what, e(s.setsockopt, 0, 48, val), getg(0), getg(1), getg(3))
print(getg(1, 99), getg(1, eth0, U), getg(1, eth0, G, 10), getg(1, 0))
print("empty include leaves", e(s.setsockopt, 0, 48, fg(eth0, G, 1, [])), getg(0))
print("too large", e(s.setsockopt, 0, 41, f(G, O, 1, []) + bytes(20480)), e(s.setsockopt, 0, 48, fg(eth0, G, 1, []) + bytes(20480)))
print("# limits")
s = u(); print([e(s.setsockopt, 0, 35, A("239.2.2.%d" % k) + A(O)) for k in range(22)])
open("/proc/sys/net/ipv4/igmp_max_memberships", "w").write("22"); print([e(s.setsockopt, 0, 35, A("239.2.2.%d" % k) + A(O)) for k in range(19, 24)])
open("/proc/sys/net/ipv4/igmp_max_msf", "w").write("2"); print([e(s.setsockopt, 0, 38, r("239.2.2.1", O, "10.9.0.%d" % k)) for k in range(4)])
open("/proc/sys/net/ipv4/igmp_max_memberships", "w").write("0"); print(e(s.setsockopt, 0, 35, A(G) + A(O)), e(s.setsockopt, 0, 36, A("239.2.2.1") + A(O)))
P
H python3 options.py
