# UDP checksums are looked at when a datagram is read, or asked for, unless it is short, there is a filter, or nobody wants it. Until
# then a wrong one waits like any other, in the socket's buffer.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 brd + dev e0; ip -n b addr add 10.0.0.2/24 brd + dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
ip -n a route add 224.0.0.0/4 dev e0
cat >p.py <<'P'
import array, ctypes, errno, fcntl, select, socket, struct, subprocess, threading, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def t(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
def sum16(b):
    b += b"\0" * (len(b) % 2); s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def packet(data, wrong=False, proto=17, cov=None, to="10.0.0.2", port=5000):
    n = 8 + len(data); h = struct.pack("!HHHH", 6000, port, n if cov is None else cov, 0)
    c = sum16(socket.inet_aton("10.0.0.1") + socket.inet_aton(to) + struct.pack("!HH", proto, n) + (h + data)[:cov])
    return h[:6] + struct.pack("!H", c ^ wrong) + data
enter("a"); raw = {p: socket.socket(2, 3, p) for p in (17, 136)}; enter("b")
def good(n, **k): raw[k.get("proto", 17)].sendto(packet(bytes(i % 251 for i in range(n)), **k), (k.get("to", "10.0.0.2"), 0))
def bad(n, **k): good(n, wrong=True, **k)
def udp(proto=17, port=5000, addr="10.0.0.2", nonblock=False):
    s = socket.socket(2, 2 | (0o4000 if nonblock else 0), proto); s.setsockopt(1, 2, 1); s.bind((addr, port))
    if not nonblock: fcntl.fcntl(s, 4, 0); s.setsockopt(1, 20, struct.pack("qq", 0, 100000))
    return s
def counts():
    l = open("/proc/net/snmp").read().split("\n"); return {a + n: int(v) for i in range(0, len(l) - 1, 2) for a, n, v in zip([l[i].split(":")[0]] * 99, l[i].split()[1:], l[i + 1].split()[1:]) if a.startswith("Udp")}
before = counts()
def show(what, s=None, r=None):
    global before
    time.sleep(0.02); now = counts(); m = struct.unpack("9I", s.getsockopt(1, 55, 36)) if s else None
    print("%-26s" % what, "" if r is None else r, "rmem %d drops %d" % (m[0], m[8]) if s else "", " ".join("%s+%d" % (k, now[k] - before[k]) for k in now if now[k] != before[k])); before = now
def fionread(s):
    b = array.array("i", [7]); fcntl.ioctl(s, 0x541b, b); return b[0]
def poll(s, ms=0): p = select.poll(); p.register(s, 0x1 | 0x40); return [e for _, e in p.poll(ms)]
def sel(s): return bool(select.select([s], [], [], 0)[0])
def recv(s, n=9999, flags=0):
    r = t(s.recv, n, flags); return r if isinstance(r, str) else len(r)
def drain(s):
    while not isinstance(recv(s, flags=0x40), str): pass
    global before; before = counts()
def ss(proto="u"):
    for l in subprocess.run(["ss", "-%sanmH" % proto], capture_output=True, text=True).stdout.split("\n"): print("  ", " ".join(l.replace("skmem", " skmem").split()[1:])) if l.strip() else None
print("# lengths")
s = udp()
for n in 0, 1, 66, 67, 68, 69, 70, 1000, 1472, 1473: bad(n); show("%d wrong" % n, s)
ss(); r = recv(s); show("read", s, r); ss()
print("# who looks")
asks = {"recv": lambda s: recv(s), "recv DONTWAIT": lambda s: recv(s, flags=0x40), "peek": lambda s: recv(s, flags=2), "peek DONTWAIT": lambda s: recv(s, flags=0x42),
        "short": lambda s: recv(s, 5), "short TRUNC": lambda s: recv(s, 5, 0x20), "none": lambda s: [len(x) for x in [t(s.recvmsg, 0)[0]]], "FIONREAD": fionread, "poll": poll, "poll 50": lambda s: poll(s, 50), "select": sel, "errqueue": lambda s: recv(s, flags=0x2000),
        "meminfo": lambda s: struct.unpack("9I", s.getsockopt(1, 55, 36))[0], "SO_ERROR": lambda s: s.getsockopt(1, 4), "SHUT_RD": lambda s: t(s.shutdown, 0)}
for nonblock in False, True:
    print("nonblocking" if nonblock else "blocking")
    for what, ask in asks.items():
        for queue in "b", "bb", "bgbg", "gb", "0":
            s.close(); s = udp(nonblock=nonblock)
            for q in queue: bad(100) if q == "b" else good(0 if q == "0" else 200)
            r = ask(s); show("%s of %s" % (what, queue), s, r)
            if queue == "bgbg" or what == "SHUT_RD": r = ask(s), recv(s), poll(s); show("  again", s, r)
print("# several with one call")
libc = ctypes.CDLL(None, use_errno=True)
class iovec(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("len", ctypes.c_size_t)]
class msghdr(ctypes.Structure): _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint), ("iov", ctypes.POINTER(iovec)), ("iovlen", ctypes.c_size_t), ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int)]
class mmsghdr(ctypes.Structure): _fields_ = [("hdr", msghdr), ("len", ctypes.c_uint)]
def recvmmsg(s, n, flags, room=2000):
    bufs = [ctypes.create_string_buffer(room) for _ in range(n)]; v = (mmsghdr * n)(); keep = []
    for i in range(n):
        io = iovec(ctypes.cast(bufs[i], ctypes.c_void_p), room); keep.append(io); v[i].hdr.iov = ctypes.pointer(io); v[i].hdr.iovlen = 1
    r = libc.recvmmsg(s.fileno(), v, n, flags, None); return [(v[i].len, v[i].hdr.flags) for i in range(r)] if r >= 0 else errno.errorcode[ctypes.get_errno()]
for flags in 0, 0x40, 0x10000, 2, 0x42:
    for queue in "bgbbgb", "bb", "ggb", "bgg":
        s.close(); s = udp(); [bad(100) if q == "b" else good(200) for q in queue]; r = recvmmsg(s, 4, flags); show("recvmmsg %#x of %s" % (flags, queue), s, r)
s.close(); s = udp(); [bad(100), good(200), bad(100), good(300)]; r = recvmmsg(s, 4, 0x40, 50); show("recvmmsg short", s, r)
print("# looking behind (SO_PEEK_OFF)")
for off in 0, 50, 150, 250:
    s.close(); s = udp(); s.setsockopt(1, 42, off); [bad(100), good(200), bad(100), good(300)]
    r = [(recv(s, 120, 0x42), s.getsockopt(1, 42)) for _ in range(6)]; show("offset %d" % off, s, r); r = recv(s, 9999, 0x40), s.getsockopt(1, 42), recv(s, 9999, 0x42); show("   read", s, r)
print("# a filter")
s.close(); s = udp(); f = struct.pack("HBBI", 6, 0, 0, 0xffffffff); b = ctypes.create_string_buffer(f); fprog = struct.pack("HxxxxxxP", 1, ctypes.addressof(b)); s.setsockopt(1, 26, fprog)
bad(100); show("all pass, wrong", s); good(100); show("right", s); s.setsockopt(1, 27, 0); bad(100); show("none, wrong", s)
b2 = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 40)); s.close(); s = udp(); s.setsockopt(1, 26, struct.pack("HxxxxxxP", 1, ctypes.addressof(b2))); good(100); r = recv(s); show("cut to 40", s, r)
print("# nobody"); bad(100, port=5999); show("wrong"); bad(1, port=5999); show("short"); good(100, port=5999); show("right")
print("# a full buffer"); s.close(); s = udp(nonblock=True); s.setsockopt(1, 8, 3000); s.setsockopt(1, 40, 1)
for i in range(9): bad(200); show("wrong", s)
good(200); show("right", s); r = poll(s); show("poll", s, r); r = fionread(s); show("FIONREAD", s, r); good(200); show("right", s)
r = t(s.recvmsg, 999, 99); show("recv", s, r if isinstance(r, str) else (len(r[0]), [(l, y, struct.unpack("I", v)) for l, y, v in r[1]]))
print("# closed"); bad(200); s.close(); show("closed")
print("# of many"); m = [udp(addr="224.1.1.1"), udp(addr="224.1.1.1"), udp(addr="224.1.1.1", nonblock=True)]
for x in m: x.setsockopt(0, 35, socket.inet_aton("224.1.1.1") + socket.inet_aton("10.0.0.2"))
bad(100, to="224.1.1.1"); [show("wrong", x) for x in m]; ss(); r = recv(m[0]); [show("one reads", x, r) for x in m]; r = poll(m[1]); [show("one polls", x, r) for x in m]; r = poll(m[2]); [show("one polls", x, r) for x in m]; bad(1, to="224.1.1.1"); [show("short", x) for x in m]
bad(100, to="224.1.1.2"); show("nobody"); [x.close() for x in m]
print("# connected, early"); s = udp(); s.connect(("10.0.0.1", 6000)); bad(100); show("wrong", s); r = recv(s); show("recv", s, r)
print("# time-out begins anew"); s.close(); s = udp(); s.setsockopt(1, 20, struct.pack("qq", 0, 400000))
th = threading.Thread(target=lambda: (time.sleep(0.3), bad(100))); began = time.time(); th.start(); r = recv(s); th.join(); took = time.time() - began; show("recv", s, (r, "anew" if 0.65 < took < 0.95 else "once" if took < 0.6 else took))
th = threading.Thread(target=lambda: (time.sleep(0.1), bad(100), time.sleep(0.1), good(10))); th.start(); r = recv(s); th.join(); show("recv, then a right one", s, r)
th = threading.Thread(target=lambda: (time.sleep(0.1), bad(100))); began = time.time(); th.start(); r = poll(s, 300); took = time.time() - began; th.join(); show("poll, blocking", s, (r, took > 0.25))
s.close(); s = udp()
with select.epoll() as e:
    e.register(s, 1); th = threading.Thread(target=lambda: (time.sleep(0.1), bad(100), time.sleep(0.1), good(9))); th.start(); r = e.poll(1); th.join(); show("epoll, blocking", s, r and r[0][1])
print("# error first"); s.close(); s = udp(); s.setsockopt(0, 11, 1)
s.sendto(b"x", ("10.0.0.1", 4444)); bad(100); time.sleep(0.05); r = poll(s), recv(s), recv(s, flags=0x40); show("refused", s, r)
print("# UDP-Lite"); s.close(); s = udp(136)
def lite(n, cov, wrong=True): good(n, wrong=wrong, proto=136, cov=cov); show("%d of %s %s" % (n, cov, "wrong" if wrong else "right"), s)
for n, cov in (10, None), (10, 18), (10, 8), (10, 0), (60, 30), (100, 30), (100, 90), (100, None): lite(n, cov) if cov != 0 else None
ss("w"); ss(); r = poll(s); show("poll", s, r)
lite(100, 30); lite(100, 30, False); r = recv(s, flags=0x42); show("peek", s, r); r = recv(s); show("recv", s, r); lite(100, 30); r = fionread(s); show("FIONREAD", s, r)
s.setsockopt(136, 11, 50); lite(100, 30); lite(100, 60); lite(100, 60, False); r = recv(s); show("recv", s, r)
print("# in a tunnel that checks"); s.close()
for n, l, r in ("a", "10.0.0.1", "10.0.0.2"), ("b", "10.0.0.2", "10.0.0.1"):
    subprocess.run("ip netns exec %s bash -c 'ip link add g type gre local %s remote %s csum; ip link set g up; ip link add gk type gre local %s remote %s key 7; ip link set gk up'" % (n, l, r, l, r), shell=True, check=True)
subprocess.run("ip -n b addr add 10.1.0.2 dev g; ip -n b addr add 10.2.0.2 dev gk; ip -n a route add 10.1.0.2 dev g src 10.0.0.1; ip -n a route add 10.2.0.2 dev gk src 10.0.0.1; ip netns exec b sysctl -qw net.ipv4.conf.all.rp_filter=0", shell=True)
s = udp(addr="0.0.0.0")
for to in "10.1.0.2", "10.2.0.2": bad(100, to=to); show("wrong, to " + to, s); good(100, to=to); show("right, to " + to, s)
r = recv(s), recv(s), recv(s, flags=0x40); show("recv", s, r)
print("# IP_CHECKSUM"); s.close(); s = udp(); s.setsockopt(0, 23, 1); l = udp(136); l.setsockopt(0, 23, 1)
def got(s, room=9999, flags=0): d, a, _, _ = s.recvmsg(room, 99, flags); return len(d), [v.hex() for _, _, v in a]
for n in 0, 1, 2, 3, 40, 68, 69, 100, 1473, 3000:
    good(n); r = [got(s)]; good(n); r.append(got(s, 10)); good(n); r += [got(s, 999, 2), got(s)]; good(n); fionread(s); r.append(got(s)); good(n, proto=136); r.append(got(l)); good(n, proto=136, cov=8); r.append(got(l)); print(n, r)
s.setsockopt(1, 42, 30); good(50); print(got(s, 10, 2), got(s, 10, 2), got(s, 10)); before = counts()
P
python3 -u p.py
