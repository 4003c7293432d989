# IP_MINTTL: what comes with a lower TTL is not heard, by TCP and by who else asks for it; counters; its bounds. And the TTL of what is sent.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 brd + dev e0; ip -n b addr add 10.0.0.2/24 brd + dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def t(f, *a):
    try: return f(*a)
    except TimeoutError: return "timeout"
    except OSError as e: return errno.errorcode[e.errno]
enter("a"); out = socket.socket(2, 2); out.bind(("10.0.0.1", 6000))
for v in (-1, 0, 1, 255, 256): s = socket.socket(); print(v, t(s.setsockopt, 0, 21, v), s.getsockopt(0, 21), t(s.setsockopt, 0, 2, v), s.getsockopt(0, 2))
def dropped(): l = open("/proc/net/netstat").read().split("\n"); return int(l[1].split()[l[0].split().index("TCPMinTTLDrop")])
for least in (0, 64, 65, 255):
    enter("b"); before = dropped(); l = socket.socket(); l.setsockopt(1, 2, 1); l.setsockopt(0, 21, least); l.bind(("10.0.0.2", 7000)); l.listen(5); l.settimeout(0.2); enter("a")
    for ttl in (64, 255):
        c = socket.socket(); c.setsockopt(0, 2, ttl); c.settimeout(0.3)
        try: r = t(c.connect, ("10.0.0.2", 7000))
        except TimeoutError: r = "timeout"
        try: a = l.accept()[0]; a.settimeout(0.3); c.send(b"hi"); d = a.recv(9)
        except TimeoutError: d = "nothing"
        except OSError as e: d = errno.errorcode[e.errno]
        enter("b"); print("least %d, ttl %d: connect %s, heard %s, dropped %s" % (least, ttl, r, d, dropped() > before)); before = dropped(); enter("a"); c.close()
    l.close()
enter("b"); u = socket.socket(2, 2); u.bind(("10.0.0.2", 5000)); u.setsockopt(0, 21, 100); u.settimeout(0.2); w = socket.socket(2, 3, 17); w.setsockopt(0, 21, 100); w.settimeout(0.2); enter("a")
for ttl in (64, 99, 100, 255):
    out.setsockopt(0, 2, ttl); out.sendto(b"x", ("10.0.0.2", 5000))
    for n, s in (("udp", u), ("raw", w)):
        try: s.recv(99); print(ttl, n, "heard")
        except TimeoutError: print(ttl, n, "nothing")
P
python3 p.py
