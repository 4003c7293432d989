# A random sequence of changes to devices, addresses, routes in several tables, paths and nexthop objects: which messages each step
# sends, in which order, and what is left at the end.
exec 2>&1
cat >random_steps.py <<'P'
import random, socket, struct, subprocess, sys, time
R = random.Random(int(sys.argv[1])); steps = int(sys.argv[2])
s = socket.socket(16, 3, 0); s.setsockopt(1, 8, 1 << 20)
s.bind((0, 0))
for g in (1, 5, 7, 8, 32): s.setsockopt(270, 1, g)   # LINK, IPV4_IFADDR, IPV4_ROUTE, RULE, NEXTHOP
T = {16: "link", 17: "dellink", 20: "addr", 21: "deladdr", 24: "route", 25: "delroute", 32: "rule", 33: "delrule", 104: "nh", 105: "delnh"}
def ip4(b): return socket.inet_ntoa(b) if len(b) == 4 else b.hex()
def attrs(b):
    out = []
    while len(b) >= 4:
        l, t = struct.unpack("HH", b[:4])
        if l < 4: break
        out.append((t & 0x3fff, b[4:l])); b = b[(l + 3) & ~3:]
    return out
def nhs(b):
    out = []
    while len(b) >= 8:
        l, fl, hops, ix = struct.unpack("HBBi", b[:8])
        out.append("%d/%x/%d%s" % (ix, fl, hops, "".join("/%d=%s" % (t, v.hex()) for t, v in attrs(b[8:l])))); b = b[(l + 3) & ~3:]
    return ",".join(out)
def show(t, b, pid):
    n = T.get(t, str(t)); me = "" if not pid else " asked"
    if t in (24, 25):
        fam, dl, sl, tos, tab, proto, scope, ty, fl = struct.unpack("8BI", b[:12]); a = []
        for k, v in attrs(b[12:]):
            if k in (1, 5, 7): a.append("%d=%s" % (k, ip4(v)))
            elif k == 9: a.append("mp=" + nhs(v))
            elif k == 12: a.append("cache")
            elif len(v) == 4: a.append("%d=%d" % (k, struct.unpack("I", v)[0]))
            else: a.append("%d=%s" % (k, v.hex()))
        return "%s%s /%d tos%d tab%d p%d s%d t%d f%x %s" % (n, me, dl, tos, tab, proto, scope, ty, fl, " ".join(a))
    if t in (20, 21):
        fam, pl, fl, sc, ix = struct.unpack("4BI", b[:8]); return "%s%s /%d f%x s%d dev%d %s" % (n, me, pl, fl, sc, ix, " ".join("%d=%s" % (k, ip4(v)) for k, v in attrs(b[8:]) if k in (1, 2, 4, 8)))
    if t in (16, 17):
        fam, pad, ty, ix, fl, ch = struct.unpack("BBHiII", b[:16]); a = dict(attrs(b[16:])); return "%s%s dev%d fl%x ch%x oper%s master%s" % (n, me, ix, fl, ch, a.get(16, b"").hex(), a.get(10, b"").hex())
    if t in (104, 105): return "%s%s %s %s" % (n, me, b[:8].hex(), " ".join("%d=%s" % (k, v.hex()) for k, v in attrs(b[8:])))
    return n + me + " " + b[:12].hex()
def drain():
    s.setblocking(False)
    while True:
        try: d = s.recv(65536)
        except BlockingIOError: return
        while len(d) >= 16:
            l, t, f, q, p = struct.unpack("IHHII", d[:16])
            print("  ", show(t, d[16:l], p)); d = d[(l + 3) & ~3:]
def do(c):
    r = subprocess.run(["ip"] + c.split(), capture_output=True, text=True)
    print("#", c, "" if not r.returncode else "=%d %s" % (r.returncode, r.stderr.strip().replace("\n", "|")))
    if " carrier " in c or " up" in c or " down" in c: time.sleep(0.15)  # the state of the link follows
    drain()
D = ["d0", "d1", "d2", "d3"]
def addr(): i = R.randrange(4); return "10.%d.%d.%d/%d" % (i, R.randrange(2), R.randrange(1, 4), R.choice((16, 24, 24, 24, 32)))
def gw(): return "10.%d.%d.%d" % (R.randrange(4), R.randrange(2), R.randrange(5, 8))
def pfx(): return R.choice(("default", "20.%d.0.0/16" % R.randrange(3), "20.%d.1.0/24" % R.randrange(3), "20.0.0.%d" % R.randrange(4), "10.0.0.0/8"))
def one_nh(): return R.choice(("via %s" % gw(), "dev %s" % R.choice(D), "via %s dev %s onlink" % (gw(), R.choice(D)), "via %s dev %s" % (gw(), R.choice(D))))
def nh():
    k = R.random()
    if k < .5: return one_nh()
    if k < .75: return " ".join("nexthop %s weight %d" % (one_nh(), R.randrange(1, 3)) for i in range(R.randrange(2, 4)))
    return "nhid %d" % R.choice((1, 2, 3, 4, 10, 11))
def extra(): return R.choice(("", "", "", "metric 10", "metric 20", "src 10.0.0.1", "tos 4", "proto 99", "mtu 1000")) + R.choice(("", "", "", " table 100", " table 200"))
def route():
    k = R.random(); v = R.choice(("add", "add", "append", "replace", "prepend", "change", "del"))
    if v == "del": return "route del %s%s" % (pfx(), R.choice(("", "", " table 100", " table 200", " metric 10")))
    if k < .1: return "route %s %s %s %s" % (v, R.choice(("unreachable", "blackhole", "prohibit", "throw")), pfx(), R.choice(("", "metric 10", "table 100")))
    return "route %s %s %s %s" % (v, pfx(), nh(), extra())
def nexthop():
    i = R.choice((1, 2, 3, 4, 10, 11)); v = R.choice(("add", "add", "replace", "del"))
    if v == "del": return "nexthop del id %d" % i
    if i >= 10: return "nexthop %s id %d group %s" % (v, i, "/".join(str(x) for x in sorted(R.sample((1, 2, 3, 4), R.randrange(1, 4)))))
    return "nexthop %s id %d %s" % (v, i, R.choice(("blackhole", "via %s dev %s onlink" % (gw(), R.choice(D)), "via %s dev %s" % (gw(), R.choice(D)), "dev %s" % R.choice(D))))
def step():
    k = R.random(); d = R.choice(D)
    if k < .16: return "addr add %s dev %s" % (addr(), d)
    if k < .24: return "addr del %s dev %s" % (addr(), d)
    if k < .50: return route()
    if k < .64: return nexthop()
    if k < .72: return "link set %s down" % d
    if k < .84: return "link set %s up" % d
    if k < .87: return "link set %s carrier %s" % (d, R.choice(("on", "off")))
    if k < .90: return "link set %s %s" % (d, R.choice(("master vr", "nomaster")))
    if k < .92: return "addr flush dev %s" % d
    if k < .94: return "link del %s" % d
    if k < .95: return "route flush table %s" % R.choice(("main", "100", "200"))
    if k < .96: return "nexthop flush"
    if k < .97: return "link set %s mtu %d" % (d, R.choice((1500, 1000)))
    return "link add %s type dummy" % d
ix = 100
do("link set lo up"); do("link add vr index 50 type vrf table 300"); do("link set vr up")
for i, d in enumerate(D): do("link add %s index %d type dummy" % (d, 10 + i)); do("link set %s up" % d); do("addr add 10.%d.0.1/24 dev %s" % (i, d))
open("/proc/sys/net/ipv4/conf/all/promote_secondaries", "w").write(str(R.randrange(2)))
open("/proc/sys/net/ipv4/conf/all/ignore_routes_with_linkdown", "w").write(str(R.randrange(2)))
for i in range(steps):
    c = step()
    if c.startswith("link add"): c = c.replace(" type", " index %d type" % ix); ix += 1
    do(c)
for c in ("route show table all", "nexthop", "addr show up"):
    print("##", c); print(subprocess.run(["ip"] + c.split(), capture_output=True, text=True).stdout)
for d in D: do("link del " + d)
do("link del vr")
P
for seed in 2 7; do echo "=== seed $seed"; ip netns add n$seed; ip netns exec n$seed python3 random_steps.py $seed 90; done | sed "s#link/ether.*##"
