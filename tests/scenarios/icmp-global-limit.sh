# oracle: -i
# icmp_msgs_per_sec, icmp_msgs_burst: how many errors all hosts together are sent; and what counts, which icmp_ratelimit does not let
# go out, echo replies and what comes by loopback do not.
exec 2>&1
ip link set lo up; for n in 1 2; do ip netns add h$n; ip -n h$n link set lo up; ip link add v$n address 02:00:00:00:0$n:01 type veth peer name e0 netns h$n address 02:00:00:00:0$n:02
ip link set v$n up; ip -n h$n link set e0 up; ip addr add 10.0.$n.1/24 dev v$n; ip -n h$n addr add 10.0.$n.2/24 dev e0; ip neigh add 10.0.$n.2 lladdr 02:00:00:00:0$n:02 dev v$n; ip -n h$n neigh add 10.0.$n.1 lladdr 02:00:00:00:0$n:01 dev e0; done
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, subprocess, time
home = open("/proc/self/ns/net")
def enter(name=None):
    with open("/run/netns/" + name) if name else open("/proc/self/ns/net") as f: ctypes.CDLL(None).setns((f if name else home).fileno(), 0x40000000)
def set(n, v):
    try:
        with open("/proc/sys/net/ipv4/icmp_" + n, "w") as f: f.write(str(v))
    except OSError as e: return errno.errorcode[e.errno]
    return int(open("/proc/sys/net/ipv4/icmp_" + n).read())
def counters():
    out = subprocess.run("nstat -asz IcmpOutRateLimitGlobal IcmpOutRateLimitHost IcmpOutDestUnreachs".split(), capture_output=True, text=True).stdout
    return {w[0][7:]: int(w[1]) for w in map(str.split, out.splitlines()) if w[0][0] != "#"}
peers = {}
for n in "1", "2": enter("h" + n); peers[n] = socket.socket(2, 2), socket.socket(2, 3, 1), "10.0.%s.1" % n
enter(); peers["lo"] = socket.socket(2, 2), socket.socket(2, 3, 1), "127.0.0.1"
def count(errors, kind):
    n = 0
    while select.select([errors], [], [], 0.2)[0]: n += errors.recv(2000)[20] == kind
    return n
def ask(who, n, text="%d"):
    sender, errors, to = peers[who]; before = counters()
    for k in range(n): sender.sendto(b"x", (to, 9))
    got = count(errors, 3); now = counters(); told = {k: now[k] - before[k] for k in now}
    print("  %s asks %d times:" % (who, n), text(got) if callable(text) else text % got, "" if told["DestUnreachs"] == got else "but %d sent" % told["DestUnreachs"], "refused: all told" if told["RateLimitGlobal"] + told["RateLimitHost"] == n - got else told, "by the common limit" if told["RateLimitGlobal"] else "", "by the host's" if told["RateLimitHost"] else "")
def echo(who, n):
    s, errors, to = peers[who]; m = struct.pack("!BBHHH", 8, 0, 0xf7fe, 0, 1)
    for k in range(n): errors.sendto(m, (to, 0))
    return count(errors, 0)
def some(low, high): return lambda n: "some of them" if low <= n <= high else "%d, not %d to %d" % (n, low, high)
def refill(burst):   # exactly that many are left
    set("msgs_per_sec", 0); set("msgs_burst", 0); set("ratelimit", 0); s, errors, to = peers["1"]
    for k in range(400): s.sendto(b"x", (to, 9))
    count(errors, 3); set("msgs_burst", burst); set("msgs_per_sec", 1000); time.sleep(1.1)
for n in ("msgs_per_sec", "msgs_burst"): print(n, [(v, set(n, v)) for v in (0, 1, -1, 2147483647, 2147483648, "x")])
set("ratelimit", 0)
print("# a burst of 40 and nothing after it"); refill(40); ask("1", 1); set("msgs_per_sec", 0); ask("1", 300, some(18, 120)); ask("1", 20); ask("2", 20)
print("# what it does not limit: by loopback"); ask("lo", 20); print("  echo replies", echo("1", 20)); set("ratemask", 0x1818 | 1); print("  but with ratemask", echo("1", 20)); set("ratemask", 0); print("# nothing is limited"); ask("1", 20); set("ratemask", 0x1818)
print("# earned: one, which costs none to two"); set("msgs_per_sec", 1); time.sleep(1.1); ask("1", 15, some(1, 14)); set("msgs_per_sec", 0); ask("1", 20)
print("# a second's worth at most"); set("msgs_burst", 1000); set("msgs_per_sec", 60); time.sleep(2.5); ask("1", 1); set("msgs_per_sec", 0); ask("1", 400, some(28, 180))
print("# no burst, but time goes by"); set("msgs_burst", 0); set("msgs_per_sec", 1000); time.sleep(0.1); ask("1", 1)
print("# the host's own limit first: what it refuses costs the others nothing"); refill(40); ask("1", 1); set("msgs_per_sec", 0); set("ratelimit", 100000000); ask("1", 300); set("ratelimit", 0); ask("2", 300, some(18, 120))
P
python3 p.py
