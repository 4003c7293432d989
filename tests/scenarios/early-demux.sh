# ip_early_demux, tcp_early_demux, udp_early_demux: no answer depends on them, but where each packet's source is asked about. A
# socket that is connected knows the route of what it hears, so that rp_filter does not see it any more.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip link add e1 netns b address 02:00:00:00:00:1b type dummy
ip -n a link set e0 up; ip -n b link set e0 up; ip -n b link set e1 up
ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n a addr add 10.5.0.1/32 dev lo
: what comes from 10.5.0.1 should come by e1, but what has a mark goes back by e0
ip -n b route add 10.5.0.0/24 dev e1; ip -n b route add 10.5.0.0/24 via 10.0.0.1 table 100; ip -n b rule add fwmark 5 lookup 100
sleep 1.5  # what becomes of a link makes all routes be asked for anew
cat >p.py <<'P'
import ctypes, errno, socket
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def set(n, v):
    try:
        with open("/proc/sys/net/ipv4/" + n, "w") as f: f.write(str(v))
    except OSError as e: return errno.errorcode[e.errno]
    return open("/proc/sys/net/ipv4/" + n).read().strip()
names = ("ip_early_demux", "tcp_early_demux", "udp_early_demux")
def hears(s, send, wait=2):
    s.settimeout(wait)
    try: send(); return s.recv(100).decode()
    except TimeoutError: return "nothing"
    except OSError as e: return errno.errorcode[e.errno]
def server(kind, *at):
    s = socket.socket(2, kind); s.setsockopt(1, 2, 1); s.setsockopt(1, 36, 5); s.bind(at); return s
def client(kind, port): s = socket.socket(2, kind); s.bind(("10.5.0.1", port)); return s
enter("b"); print("default", [open("/proc/sys/net/ipv4/" + n).read().strip() for n in names])
for n in names: print(n, [(v, set(n, v)) for v in (0, 1, 2, 255, 256, -1, "x", 1)])
for v in ((0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (0, 0, 0), (1, 1, 1)):
    enter("b"); print("#", *("%s=%s" % (n, set(n, x)) for n, x in zip(names, v))); set("conf/e0/rp_filter", 0)
    l = server(1, "10.0.0.2", 80); l.listen(5); u = server(2, "10.0.0.2", 53); any = server(2, "0.0.0.0", 54); free = server(2, "10.0.0.2", 55)
    enter("a"); c = client(1, 0); c.setsockopt(6, 1, 1); c.connect(("10.0.0.2", 80)); w = client(2, 7000); w.connect(("10.0.0.2", 53)); x = client(2, 7001); x.connect(("10.0.0.2", 54)); y = client(2, 7002); y.connect(("10.0.0.2", 55))
    enter("b"); s, _ = l.accept(); s.setsockopt(6, 1, 1); u.connect(("10.5.0.1", 7000)); any.connect(("10.5.0.1", 7001))
    for strict in (0, 0, 1):
        set("conf/e0/rp_filter", strict); wait = 1 if strict else 2
        print("  rp_filter %d: UDP %s, of any address %s, not connected %s, TCP %s, back %s%s" % (strict, hears(u, lambda: w.send(b"one"), wait), hears(any, lambda: x.send(b"two"), wait), hears(free, lambda: y.send(b"three"), wait), hears(s, lambda: c.send(b"four"), wait), hears(w, lambda: u.send(b"five")), "" if strict else " " + hears(c, lambda: s.send(b"six"))))
    for k in (l, u, any, free, c, w, x, y, s): k.close()
P
python3 p.py
