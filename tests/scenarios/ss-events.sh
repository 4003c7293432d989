# Who listens hears of sockets that end: ss -E, and the groups one by one.
exec 2>&1
ip link set lo up
python3 - <<'P'
import socket, struct, time
def listener(*groups, unbound=False):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
    if not unbound: s.bind((0, 0))
    for g in groups: s.setsockopt(270, 1, g)
    return s
def heard(what, s):
    print("-", what)
    time.sleep(.2)
    while True:
        try: b = s.recv(65536, socket.MSG_DONTWAIT)
        except BlockingIOError: return
        length, kind, flags, seq, pid = struct.unpack_from("IHHII", b)
        family, state, timer, retrans = struct.unpack_from("4B", b, 16)
        sport, dport = struct.unpack_from("!HH", b, 20)
        at, attrs = 16 + 72, []
        while at < length:
            l, t = struct.unpack_from("HH", b, at)
            if t != 14: attrs.append((t, b[at + 4:at + l].hex() if l < 9 else "..."))
            at += l + 3 & ~3
        print(kind, flags, seq, pid, family, state, timer, socket.inet_ntoa(b[24:28]), sport if sport < 30000 else "any", socket.inet_ntoa(b[40:44]), dport, attrs, flush=True)
tcp, udp, v6, deaf = listener(1), listener(2), listener(3, 4), listener(1, 2, unbound=True)
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); l.bind(("127.0.0.1", 5000)); l.listen()
def pair(port): return socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", port)), l.accept()[0]
a = pair(6001); a[1].close(); heard("who closes first waits", tcp); a[0].close(); heard("the other one", tcp)
b = pair(6002); b[0].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"); b[0].close(); b[1].close(); heard("reset", tcp)
n = socket.socket(); n.close(); heard("never used", tcp)
l.close(); heard("listener", tcp)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 7000)); u.close(); heard("UDP", udp)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(("127.0.0.1", 7000)); u.close(); heard("connected", udp)
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.close(); heard("never bound", udp)
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); r.close(); heard("raw", udp)
heard("IPv6", v6); heard("who has no port id", deaf)
P
