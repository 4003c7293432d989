# The time to live: of sockets, routes and the namespace, counted down by routers, used up at them and at the destination;
# what IP_RECVTTL tells, and what IP_TTL, IP_MULTICAST_TTL and IP_MINTTL take.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h d
ip -n h route add default via 10.0.1.1; ip -n d route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0; ip netns exec d sysctl -qw net.ipv4.icmp_ratemask=0; sleep 0.3
ip netns exec h ping -c1 -W2 10.0.2.2 | grep -c ttl=63
cat >ttl.py <<'P'
import errno, socket, struct, time
from netns import enter
def taken(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
ears = {}
for n in "r", "d":
    enter(n); ears[n] = socket.socket(2, 2); ears[n].bind(("", 7)); ears[n].setblocking(False); ears[n].setsockopt(0, 12, 1)
enter("h")
for o, name in ((2, "IP_TTL"), (33, "IP_MULTICAST_TTL"), (21, "IP_MINTTL")):
    for v in (-2, -1, 0, 1, 64, 255, 256, 1000):
        s = socket.socket(2, 2); print(name, v, taken(lambda: s.setsockopt(0, o, v)), taken(lambda: s.getsockopt(0, o)))
    for v in (b"", b"\5", b"\5\0", b"\5\0\0", b"\5\0\0\0\0\0\0\0"):
        s = socket.socket(2, 2); print(name, v.hex(), taken(lambda: s.setsockopt(0, o, v)), taken(lambda: s.getsockopt(0, o)))
def send(what, to, ttl=None, cmsg=None):
    s = socket.socket(2, 2); s.setsockopt(0, 11, 1); s.setsockopt(0, 12, 1)
    if ttl is not None: s.setsockopt(0, 2, ttl)
    r = taken(lambda: s.sendmsg([b"x"], [(0, 2, struct.pack("i", cmsg))] if cmsg is not None else [], 0, (to, 7))); time.sleep(0.02); out = [str(r)]
    for n, ear in ears.items():
        try: d, anc, f, where = ear.recvmsg(9, 100); out.append("%s got ttl %d" % (n, struct.unpack("i", anc[0][2])[0]))
        except BlockingIOError: pass
    try:
        d, anc, f, where = s.recvmsg(9, 200, 0x2040)
        for l, t, v in anc: out.append("told %d/%d by %s" % (v[5], v[6], socket.inet_ntoa(v[20:24])) if t == 11 else "ttl %d" % struct.unpack("i", v)[0])
    except OSError: pass
    print(what, to, *out, sep=" | ")
def setting(v): open("/proc/sys/net/ipv4/ip_default_ttl", "w").write(str(v))
for to in "10.0.1.1", "10.0.2.2", "10.0.2.1", "10.0.1.2":
    for ttl in (None, 1, 2, 3, 255): send("IP_TTL %s" % ttl, to, ttl)
for c in (0, 1, 2, 255, 256, -1): send("cmsg %d" % c, "10.0.2.2", None, c)
setting(7); send("ip_default_ttl 7", "10.0.2.2"); s = socket.socket(2, 2); print(s.getsockopt(0, 2)); setting(1); send("ip_default_ttl 1", "10.0.2.2"); send("IP_TTL -1", "10.0.2.2", -1); setting(64)
import subprocess
subprocess.run("ip -n h route add 10.0.2.2 via 10.0.1.1 hoplimit 9; ip -n h route get 10.0.2.2", shell=True); send("hoplimit 9", "10.0.2.2"); send("hoplimit 9, IP_TTL 5", "10.0.2.2", 5)
for v in (0, 1, 255, 256, -1): print("ip_default_ttl", v, taken(lambda: setting(v)))
P
python3 ttl.py
for n in r d; do echo "# $n"; ip netns exec $n nstat -az IpInHdrErrors IpForwDatagrams IcmpOutTimeExcds IpInDelivers | grep -v '#'; done
