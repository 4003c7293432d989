# Random tables and rules, and what the kernel answers of them: 200 worlds of 50 questions, each world's answers as a digest.
# WORLD=N in the environment prints that one's commands and answers instead.
exec 2>&1
cat >random_routes.py <<'P'
import hashlib, os, random, subprocess
N = 4
def dev(r): return f"d{r.randrange(N)}"
def host(r): return f"10.{r.randrange(N)}.0.{r.randrange(2, 6)}"
def prefix(r):
    plen = r.choice((0, 8, 12, 16, 20, 24, 28, 30, 31, 32))
    a = (20 << 24 | r.randrange(3) << 22 | r.randrange(4) << 14 | r.randrange(4) << 6 | r.randrange(4)) if r.random() < .9 \
        else r.getrandbits(32)
    a &= (0xffffffff << (32 - plen)) & 0xffffffff
    return ".".join(str(a >> s & 255) for s in (24, 16, 8, 0)) + f"/{plen}"
def address(r):
    if r.random() < .15: return host(r)
    a = 20 << 24 | r.randrange(3) << 22 | r.randrange(4) << 14 | r.randrange(4) << 6 | r.randrange(4)
    return ".".join(str(a >> s & 255) for s in (24, 16, 8, 0))
def maybe(r, p, f): return f() if r.random() < p else ""
def route(r):
    kind = r.choice([""] * 10 + ["unreachable", "blackhole", "prohibit", "throw", "local"])
    t = f"route {r.choice(('add', 'append', 'prepend', 'replace'))} {kind} {prefix(r)} "
    if kind == "": t += r.choice((f"via {host(r)} ", f"dev {dev(r)} ", f"via {address(r)} dev {dev(r)} onlink ",
                                  f"via {host(r)} src 10.{r.randrange(N)}.0.1 "))
    if kind == "local": t += f"dev {r.choice((dev(r), 'lo'))} "
    t += maybe(r, .2, lambda: f"tos {r.choice((4, 8, 16))} ") + maybe(r, .3, lambda: f"metric {r.randrange(3)} ")
    t += maybe(r, .5, lambda: f"table {r.choice((10, 20, 30))} ")
    t += maybe(r, .1, lambda: "scope link ") + maybe(r, .1, lambda: f"mtu {r.choice((600, 1400))} ")
    return t
def rule(r):
    t = "rule add " + maybe(r, .1, lambda: "not ") + maybe(r, .4, lambda: f"from {r.choice((prefix(r), '10.1.0.0/24', host(r)))} ")
    t += maybe(r, .3, lambda: f"to {prefix(r)} ") + maybe(r, .2, lambda: f"fwmark {r.randrange(3)}/{r.choice((1, 3))} ")
    t += maybe(r, .2, lambda: f"iif {r.choice((dev(r), 'lo'))} ") + maybe(r, .1, lambda: f"oif {dev(r)} ")
    t += maybe(r, .15, lambda: f"tos {r.choice((4, 8, 16))} ") + maybe(r, .15, lambda: f"ipproto udp dport {r.choice((53, '50-60'))} ")
    t += f"pref {r.randrange(1, 40)} "
    return t + r.choice([f"table {r.choice((10, 20, 30, 'main'))}"] * 8 + [f"table 20 suppress_prefixlength {r.choice((0, 8, 16))}",
        "unreachable", "blackhole", "prohibit", f"goto {r.randrange(40, 60)}", "nop"])
def question(r):
    t = f"route get {maybe(r, .2, lambda: 'fibmatch ')}{address(r)} "
    way = r.random()
    if way < .35: t += f"from {r.choice((host(r), address(r)))} iif {dev(r)} "
    elif way < .5: t += f"oif {dev(r)} "
    elif way < .65: t += f"from 10.{r.randrange(N)}.0.1 "
    t += maybe(r, .25, lambda: f"mark {r.randrange(4)} ") + maybe(r, .2, lambda: f"tos {r.choice((4, 8, 16, 32))} ")
    return t + maybe(r, .2, lambda: f"ipproto udp dport {r.choice((53, 55, 99))} sport 1000 ")
def ip(lines):
    return subprocess.run(["ip", "-force", "-batch", "-"], input="\n".join(lines) + "\n", text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout
def world(seed):
    r = random.Random(seed)
    lines = ["route flush table all scope universe proto boot"] + [f"route flush table {t}" for t in (10, 20, 30)]
    made = ip(lines + ["rule flush", "rule add pref 32766 table main", "rule add pref 32767 table default"]) and ""
    lines = [route(r) for _ in range(r.choice((5, 20, 60)))] + [rule(r) for _ in range(r.choice((0, 3, 10)))]
    asked = [question(r) for _ in range(50)]
    return lines, asked, made + ip(lines), ip(asked)
ip([x for i in range(N) for x in (f"link add d{i} type dummy", f"link set d{i} up", f"addr add 10.{i}.0.1/24 dev d{i}")])
open("/proc/sys/net/ipv4/ip_forward", "w").write("1\n")
if "WORLD" in os.environ:
    lines, asked, made, told = world(int(os.environ["WORLD"]))
    print("\n".join(lines), made, "\n".join(asked), told, sep="\n--\n")
else:
    for seed in range(200):
        _, _, made, told = world(seed)
        print(seed, len(made), hashlib.md5(made.encode()).hexdigest(), len(told), hashlib.md5(told.encode()).hexdigest())
P
python3 random_routes.py
