# Which ports are given out: ip_local_port_range, ip_local_reserved_ports, ip_unprivileged_port_start, by bind to port 0 and by connect,
# of TCP, UDP and ping sockets, until none is left.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up; sysctl -qw net.ipv4.ping_group_range="0 2147483647"
cat >p.py <<'P'
import errno, socket
from calls import t
def set(n, v):
    try:
        with open("/proc/sys/net/ipv4/" + n, "w") as f: f.write(v)
        r = "ok"
    except OSError as e: r = errno.errorcode[e.errno]
    print(n, repr(v), r, repr(open("/proc/sys/net/ipv4/" + n).read()))
def taken(kind, by):
    held, end = [], None
    while end is None:
        s = socket.socket(2, kind)
        end = t(s.bind, ("127.0.0.1", 0)) if by == "bind" else t(s.connect, ("127.0.0.1", 9 if kind == 2 else 7777))
        if end is None: held.append(s)
    print("  type", kind, by, sorted(s.getsockname()[1] for s in held), end); [s.close() for s in held]
l = socket.socket(); l.bind(("127.0.0.1", 7777)); l.listen(50)
set("ip_local_port_range", "40000 40009")
for kind in (1, 2): taken(kind, "bind")
taken(2, "connect")
set("ip_local_reserved_ports", "40001,40003-40005")
for kind in (1, 2): taken(kind, "bind")
taken(2, "connect"); taken(1, "connect")
u = socket.socket(2, 2); print("a reserved one by name", t(u.bind, ("127.0.0.1", 40003)))
for v in ("40001,40001", "5-3", "70000", "0", "65535", "1,3,5-7,6-9,20", "x", "", "1,", ",1", "1 2", "1-", "8,9,10"): set("ip_local_reserved_ports", v)
for v in ("1 1", "0 100", "100 50", "1024", "1024 65535", "1024 65536", "5000 5000", "x y", "1 2 3", "50000\t50010"): set("ip_local_port_range", v)
taken(2, "bind"); set("ip_local_port_range", "5000 5000"); taken(2, "bind"); taken(1, "bind")
for v in ("1024", "0", "65535", "65536", "-1", "80"): set("ip_unprivileged_port_start", v)
set("ip_local_port_range", "70 90"); set("ip_unprivileged_port_start", "100"); set("ip_local_port_range", "70 101"); set("ip_local_port_range", "100 102")
s = socket.socket(); s.setsockopt(0, 24, 1); print("IP_BIND_ADDRESS_NO_PORT", t(s.bind, ("127.0.0.1", 0)), s.getsockname(), t(s.connect, ("127.0.0.1", 7777)), s.getsockname()[1] in (100, 101, 102)); s.close()
g = [socket.socket(2, 2, 1) for i in range(3)]; print("ping", t(g[0].bind, ("127.0.0.1", 0)), t(g[1].bind, ("0.0.0.0", 0)), g[0].getsockname()[1] != g[1].getsockname()[1], t(g[2].bind, g[0].getsockname()), t(g[2].bind, ("10.9.9.9", 5)), t(g[2].bind, ("127.0.0.1", 5)), g[2].getsockname())
set("ip_autobind_reuse", "1"); set("ip_autobind_reuse", "2")
P
python3 p.py
