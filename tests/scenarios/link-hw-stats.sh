# RTM_GETSTATS, RTM_SETSTATS: which counters are asked for, by header and by filters; l3_stats, and who is told.
exec 2>&1
ip link add d0 index 10 address 02:00:00:00:00:01 type dummy; ip link set d0 up; ip link add br0 index 11 address 02:00:00:00:00:02 type bridge; ip link set lo up
cat >p.py <<'P'
import errno, socket, struct
def attr(t, b): return struct.pack("HH", 4 + len(b), t) + b + bytes(-len(b) % 4)
def attrs(b):
    out = []
    while len(b) >= 4:
        l, t = struct.unpack("HH", b[:4]); out.append((t, b[4:l])); b = b[(l + 3) & ~3:]
    return out
def tree(b, top):
    out = []
    for t, v in attrs(b):
        k = t & 0x3fff; n = "%d%s" % (k, "!" if t & 0x8000 else "")
        if top and k in (2, 3, 4, 5) or not top and t & 0x8000: out.append("%s(%s)" % (n, tree(v, False)))
        elif len(v) > 8: out.append("%s:%d bytes%s" % (n, len(v), "" if any(v) else " of 0"))
        else: out.append("%s=%s" % (n, v.hex()))
    return " ".join(x for x in out if not x.startswith("0="))
def opened(strict):
    s = socket.socket(16, 3, 0); s.bind((0, 0)); s.settimeout(2); s.setsockopt(270, 11, 1); s.setsockopt(270, 12, strict); return s
listen = opened(1); listen.setsockopt(270, 1, 36)
def read(s, one):
    while True:
        try: d = s.recv(65536)
        except TimeoutError: print("   nothing"); return
        except BlockingIOError: return
        while len(d) >= 16:
            l, t, f, q, p = struct.unpack("IHHII", d[:16]); b = d[16:l]; d = d[(l + 3) & ~3:]
            if t == 2:
                e = -struct.unpack("i", b[:4])[0]; more = attrs(b[20 if f & 0x100 else 4 + struct.unpack("I", b[4:8])[0]:]) if f & 0x200 else []
                print("   ", errno.errorcode[e] if e else "ok", *("%s=%s" % (k, v.rstrip(b"\0").decode() if k == 1 else v.hex()) for k, v in more if k < 3)); return
            if t == 3: print("    done"); return
            print("    type %d %s: %s" % (t, struct.unpack("BBHII", b[:12]), tree(b[12:], True)))
            if one and not f & 2: return
s = {v: opened(v) for v in (0, 1)}
def ask(words, t, flags, family=0, pad=(0, 0), ix=0, mask=0, rest=b"", strict=1, cut=None):
    print("#", words); b = struct.pack("BBHII", family, *pad, ix, mask) + rest
    if cut is not None: b = b[:cut]
    s[strict].send(struct.pack("IHHII", 16 + len(b), t, 1 | flags, 7, 0) + b); read(s[strict], t == 94 and not flags & 0x300)
    listen.setblocking(False); read(listen, False)
GET, SET, DUMP, ACK = 94, 95, 0x300, 4
u32 = lambda v: struct.pack("I", v)
def filters(*a): return attr(1 | 0x8000, b"".join(attr(t, u32(v)) for t, v in a))
for strict in (1, 0):
    print("## strict", strict); g = lambda words, **k: ask(words, GET, 0, strict=strict, **k); d = lambda words, **k: ask(words, GET, DUMP, strict=strict, **k)
    g("no device", mask=1); g("no such device", ix=99, mask=1); g("no mask", ix=10); g("pads", ix=10, mask=1, pad=(1, 0)); g("pad2", ix=10, mask=1, pad=(0, 1)); g("a family", ix=10, mask=1, family=2); g("short", cut=8)
    for m in (1, 2, 4, 8, 16, 31, 32, 64, 0xffffffff): g("mask %d" % m, ix=10, mask=m)
    for f in ((4, 1), (4, 2), (4, 4), (4, 8), (4, 14), (4, 16), (4, 0), (1, 1), (2, 1), (3, 1), (5, 1), (6, 1), (0, 1)): g("filter %s" % (f,), ix=10, mask=8, rest=filters(f))
    g("filter of what is not asked for", ix=10, mask=1, rest=filters((4, 2))); g("not nested", ix=10, mask=8, rest=attr(1, attr(4, u32(2)))); g("a short filter", ix=10, mask=8, rest=attr(1 | 0x8000, attr(4, b"\2"))); g("another attribute", ix=10, mask=8, rest=attr(2, b"\1")); g("an unknown attribute", ix=10, mask=8, rest=attr(3, b"\1")); g("of the bridge", ix=11, mask=8)
    d("dump"); d("dump of one", ix=10, mask=8); d("dump", mask=8); d("dump of L3", mask=8, rest=filters((4, 4))); d("dump of nothing there", mask=4); d("dump of what is unknown", mask=64); d("dump with pad", mask=8, pad=(1, 0))
x = lambda words, **k: ask(words, SET, ACK, **k)
on, off = attr(2, b"\1"), attr(2, b"\0")
x("no device", rest=on); x("no such device", ix=99, rest=on); x("a mask", ix=10, mask=8, rest=on); x("a family", ix=10, family=2, rest=on); x("pads", ix=10, pad=(1, 0), rest=on); x("nothing", ix=10); x("two", ix=10, rest=attr(2, b"\2")); x("wide", ix=10, rest=attr(2, u32(1))); x("empty", ix=10, rest=attr(2, b"")); x("unknown", ix=10, rest=attr(3, b"\1")); x("a filter", ix=10, rest=filters((4, 2)))
x("off, as it is", ix=10, rest=off); x("on", ix=10, rest=on); x("on, as it is", ix=10, rest=on); ask("what there is", GET, 0, ix=10, mask=8); ask("L3 only", GET, 0, ix=10, mask=8, rest=filters((4, 4))); ask("all", GET, DUMP, mask=8); x("off", ix=10, rest=off); ask("what there is", GET, 0, ix=10, mask=8); x("not strictly", ix=10, mask=8, strict=0, rest=on); x("on again", ix=10, rest=on); x("short", cut=4)
P
python3 p.py
ip netns add n; ip link set d0 netns n; ip -n n stats show dev d0 group offload; ip -n n link set d0 name e0; ip -n n stats show dev e0 group offload; ip -n n link del e0; ip -n n link add e0 index 10 type dummy; ip -n n stats show dev e0 group offload
for d in lo br0; do ip stats set dev $d l3_stats on; ip stats show dev $d group offload; ip -j stats show dev $d group offload; ip stats set dev $d l3_stats off; done; ip stats show dev br0 group offload subgroup hw_stats_info
