# Addresses that are not the host's: ip_nonlocal_bind, IP_FREEBIND and IP_TRANSPARENT at bind, at sending and at what comes for them.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 brd + dev e0; ip -n b addr add 10.0.0.2/24 brd + dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
ip -n a route add 10.5.0.0/24 via 10.0.0.2; ip -n b route add local 10.5.0.0/24 dev lo
ip netns exec a sysctl -qw net.ipv4.ping_group_range="0 2147483647"
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def t(f, *a):
    try: return f(*a)
    except OSError as e: return errno.errorcode[e.errno]
def set(v):
    with open("/proc/sys/net/ipv4/ip_nonlocal_bind", "w") as f: f.write(v)
enter("b"); seen = socket.socket(17, 2, socket.htons(0x800)); seen.bind(("e0", 0x800)); seen.setblocking(False); enter("a")
def wire():
    time.sleep(0.02); got = []
    while True:
        r = t(seen.recvfrom, 2000)
        if isinstance(r, str): return got
        if r[1][2] != 4: got.append(socket.inet_ntoa(r[0][12:16]) + ">" + socket.inet_ntoa(r[0][16:20]))
kinds = {"udp": (2, 2, 0), "tcp": (2, 1, 0), "raw": (2, 3, 99), "ping": (2, 2, 1)}
for setting in "01":
    set(setting)
    for option in (None, 15, 19):
        for k, v in kinds.items():
            row = []
            for address in ("10.7.7.7", "127.3.3.3", "10.0.0.255", "224.1.1.1", "255.255.255.255", "10.0.0.2", "0.0.0.0"):
                s = socket.socket(*v)
                if option: s.setsockopt(0, option, 1)
                r = t(s.bind, (address, 5000)); sent = ""
                if r is None and k in ("udp", "raw"): s.setsockopt(1, 6, 1); x = t(s.sendto, b"hello", ("10.0.0.2", 6000)); sent = " sent %s %s" % (x, wire())
                row.append("%s=%s%s" % (address, r or "ok", sent)); s.close()
            print("setting %s option %s %s:" % (setting, option, k), *row, sep="\n   ")
set("0")
print("# what the option says, and without rights"); s = socket.socket(2, 2); print(s.getsockopt(0, 15), s.getsockopt(0, 19), t(s.setsockopt, 0, 19, 1), s.getsockopt(0, 19), t(s.setsockopt, 0, 15, 2), s.getsockopt(0, 15))
print("# to a local route"); enter("b"); u = socket.socket(2, 2); u.bind(("0.0.0.0", 5000)); u.setsockopt(0, 8, 1); w = socket.socket(2, 2); print(t(w.bind, ("10.5.0.9", 5000)), t(w.bind, ("10.5.0.9", 5001))); u.settimeout(1)
enter("a"); o = socket.socket(2, 2); o.bind(("10.0.0.1", 6000)); o.sendto(b"hi", ("10.5.0.77", 5000)); m = u.recvmsg(100, 100); print(m[0], m[3], [(c[0], c[1], socket.inet_ntoa(c[2][4:8]), socket.inet_ntoa(c[2][8:12])) for c in m[1]])
u.sendmsg([b"back"], [(0, 8, struct.pack("I", 0) + socket.inet_aton("10.5.0.77") + bytes(4))], 0, ("10.0.0.1", 6000)); o.settimeout(1); print(o.recvfrom(100))
P
python3 p.py
