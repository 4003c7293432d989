# The shape of /proc/net/fib_trie follows from the prefixes and from the order of changes: random tables of several kinds,
# grown, thinned out, flushed by a link that goes down; digests of what is shown after each step.
# SHOW=N in the environment prints that table's in full instead.
exec 2>&1
cat >shapes.py <<'P'
import hashlib, os, random, subprocess
def run(commands):
    p = subprocess.run(["ip", "-force", "-batch", "-"], input="\n".join(commands).encode(), stderr=subprocess.PIPE)
def shown():
    both = open("/proc/net/fib_trie").read() + open("/proc/net/fib_triestat").read()
    tries = both.count("+--"), both.count("|--")
    return "%3d nodes %4d leaves %s" % (*tries, hashlib.sha1(both.encode()).hexdigest()[:12]), both
run(["link set lo up"] + ["%s d%d" % (w, i) for i in range(3) for w in ("link add type dummy name", "link set up dev")])
full = int(os.environ.get("SHOW", -1))
def quad(a): return ".".join(str(a >> s & 255) for s in (24, 16, 8, 0))
def prefix(r, kind):
    if kind == 0: l = r.choice((8, 12, 16, 20, 24, 24, 24, 32)); a = r.getrandbits(32)
    if kind == 1: l = 24; a = 10 << 24 | r.randrange(40) << 8
    if kind == 2: l = 32; a = 10 << 24 | r.randrange(300)
    if kind == 3: l = r.randrange(33); a = r.getrandbits(32) & 0x0f0f0f0f
    if kind == 4: l = r.choice((30, 31, 32)); a = 192 << 24 | r.randrange(60) << 2
    if kind == 5: l = r.randrange(9, 25); a = (172 << 24 | 16 << 16) + r.randrange(1 << 20)
    a = a & ~((1 << 32 - l) - 1) & 0xffffffff
    return "%s/%d" % (quad(a), l)
for seed in range(int(os.environ.get("FROM", 0)), int(os.environ.get("TO", 6))):
    r = random.Random(seed); kind = seed % 6; size = r.choice((3, 8, 20, 60)); table = 1000 + seed
    run(["route flush table main"])
    routes = sorted({prefix(r, kind) for i in range(size)}, key=lambda x: r.random()); line = []
    def step(name, commands):
        run(commands); digest, text = shown(); line.append((name, digest))
        if seed == full: print(name, *commands, text, sep="\n")
    step("grown", ["route add %s dev d%d" % (p, r.randrange(3)) for p in routes])
    gone = [p for p in routes if r.random() < 0.6]
    step("thinned", ["route del %s" % p for p in gone])
    step("grown again", ["route add %s dev d%d" % (p, r.randrange(3)) for p in gone if r.random() < 0.7])
    step("link down", ["link set d1 down"])
    step("link up", ["link set d1 up", "addr add 10.%d.0.1/24 brd + dev d1" % seed])
    if seed % 9 == 8: step("rules", ["rule add pref %d from 10.0.0.0/8 table %d" % (seed, table), "route add default dev d0 table %d" % table])
    step("emptied", ["route flush table main", "addr flush dev d1"])
    for name, digest in line: print(seed, kind, "%-12s" % name, digest)
P
python3 shapes.py
