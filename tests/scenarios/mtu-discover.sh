# IP_MTU_DISCOVER, each value, for packets below and above the device's and the path's MTU: what send says, what goes on the
# wire, what the path tells, and IP_MTU.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h d; ip -n d link set eth0 mtu 1000; ip -n r link set eth2 mtu 1000
ip -n h route add default via 10.0.1.1; ip -n d route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0
for i in 1 2; do ip -n r neigh add 10.0.$i.2 lladdr 02:00:00:00:0$i:01 dev eth$i; ip -n d neigh replace 10.0.2.1 lladdr 02:00:00:00:02:02 dev eth0; ip -n h neigh replace 10.0.1.1 lladdr 02:00:00:00:01:02 dev eth0; done; sleep 0.3
cat >mtu.py <<'P'
import errno, select, socket, struct, time
from netns import enter
enter("r"); tap = socket.socket(17, 3, socket.htons(0x800)); tap.bind(("eth1", 0x800)); tap.setblocking(False)
enter("d"); there = socket.socket(2, 2); there.bind(("", 7)); there.setblocking(False)
raw_there = socket.socket(2, 3, 99); raw_there.setblocking(False)
enter("h")
def wire():
    time.sleep(0.02); out = []
    while select.select([tap], [], [], 0)[0]:
        p, where = tap.recvfrom(70000); p = p[14:]
        if where[2] != 4: out.append("%d%s%s%s" % (len(p), " DF" if p[6] & 64 else "", " MF" if p[6] & 32 else "", " +%d" % ((p[6] & 31) * 2048 + p[7] * 8) if (p[6] & 31) or p[7] else ""))
        elif p[9] == 1: out.append("< icmp %d/%d %d" % (p[20], p[21], p[26] << 8 | p[27]))
    for s in there, raw_there:
        try: out.append("arrived %d" % len(s.recv(70000)))
        except BlockingIOError: pass
    return out
def flush(): open("/proc/sys/net/ipv4/route/flush", "w").write("1")
def mtu(s):
    try: return s.getsockopt(0, 14)
    except OSError as e: return errno.errorcode[e.errno]
def attempt(s, size, to):
    try: n = s.sendto(b"x" * size, to) if to else s.send(b"x" * size); return "sent"
    except OSError as e: return errno.errorcode[e.errno]
for pmtudisc in range(4): open("/proc/sys/net/ipv4/ip_no_pmtu_disc", "w").write(str(pmtudisc)); s = socket.socket(2, 2); print("ip_no_pmtu_disc", pmtudisc, "a socket's:", s.getsockopt(0, 10), socket.socket(2, 3, 99).getsockopt(0, 10))
open("/proc/sys/net/ipv4/ip_no_pmtu_disc", "w").write("0")
for v in (-1, 0, 1, 2, 3, 4, 5, 6):
    s = socket.socket(2, 2)
    try: s.setsockopt(0, 10, v); print("set", v, s.getsockopt(0, 10))
    except OSError as e: print("set", v, errno.errorcode[e.errno])
for kind in "udp", "udp connected", "raw":
    for value in (0, 1, 2, 3, 4, 5):
        flush(); s = socket.socket(2, 3, 99) if kind == "raw" else socket.socket(2, 2); s.setsockopt(0, 10, value); s.setsockopt(0, 11, 1); to = ("10.0.2.2", 7)
        if kind.endswith("connected"): s.connect(to); to = None
        for size in (500, 1200, 1200, 2000, 65600): print("%-14s %d %5d: %-8s" % (kind, value, size, attempt(s, size, to)), *wire(), "IP_MTU %s" % mtu(s), sep=" | ")
        q = []
        while True:
            try: data, anc, fl, where = s.recvmsg(1, 200, 0x2040)
            except OSError as e: break
            for l, t, v in anc:
                if t == 11: q.append("%s origin %d info %d" % (errno.errorcode[struct.unpack_from("I", v)[0]], v[4], struct.unpack_from("I", v, 8)[0]))
        print("    queued:", *q, sep=" | ")
P
python3 mtu.py
