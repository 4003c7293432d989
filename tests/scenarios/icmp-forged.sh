# ICMP errors that nobody asked for: about packets never sent, to closed and open sockets, with short and wrong quotes; redirects and PMTU
# forged from elsewhere. What the socket hears, what the route learns, what is counted.
. "$(dirname "$0")/kit/begin.sh"; export NSTAT_HISTORY=$PWD/nstat.history
n() { ip netns exec "$@"; }
for i in a b; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.icmp_ratelimit=0; done
ip link add e0 netns a address 02:00:00:00:00:01 type veth peer name e0 netns b address 02:00:00:00:00:02
for i in a b; do ip -n $i link set e0 up; done; ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n b addr add 10.0.0.3/24 dev e0
ip -n a route add default via 10.0.0.2; until ip -n a link show e0 | grep -q LOWER_UP; do sleep 0.05; done
n a ping -q -c1 -W1 10.0.0.2 | grep -o '[0-9] received'
cat >victim.py <<'P'
import socket, sys, errno
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("10.0.0.1", 4000)); u.setsockopt(0, 11, 1); u.connect(("10.9.0.1", 5000)); u.send(b"x")
w = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); w.bind(("10.0.0.1", 4001)); w.sendto(b"x", ("10.9.0.2", 5000))
print("ready", flush=True)
for line in sys.stdin:
    said = []
    for s in (u, w):
        s.setblocking(False)
        e = s.getsockopt(1, 4)
        said.append(errno.errorcode.get(e, 0))
        try:
            m = s.recvmsg(100, 300, 0x2000)
            said.append(m[1][0][2][:12].hex() if m[1] else "none")
        except OSError as e: said.append("-")
    print("victim:", *said, flush=True)
P
cat >forge.py <<'P'
import socket, struct, subprocess
import packets
def ip(src, dst, proto, body, frag=0x4000, **k): return packets.ip(body, proto, src, dst, frag=frag, **k)
def icmp(t, c, info, quote): return packets.icmp(t, c, struct.pack("!I", info), quote)
udp = lambda sp, dp, n=9: struct.pack("!HHHH", sp, dp, n, 0)
good = ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5000) + b"x")
other = ip("10.0.0.1", "10.9.0.2", 17, udp(4001, 5000) + b"x")
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 255)
s.setsockopt(0, 3, 1)
cases = [
    ("port unreachable", "10.9.0.1", icmp(3, 3, 0, good)), ("of the unconnected", "10.9.0.2", icmp(3, 3, 0, other)), ("host unreachable", "10.0.0.2", icmp(3, 1, 0, good)),
    ("from elsewhere", "10.7.7.7", icmp(3, 3, 0, good)), ("another port", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5001)))),
    ("another source", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.9", "10.9.0.1", 17, udp(4000, 5000)))), ("short quote", "10.9.0.1", icmp(3, 3, 0, good[:27])), ("quote of a header", "10.9.0.1", icmp(3, 3, 0, good[:20])), ("less than a header", "10.9.0.1", icmp(3, 3, 0, good[:19])), ("no quote", "10.9.0.1", icmp(3, 3, 0, b"")),
    ("quoted length wrong", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5000), total=9000))), ("quoted ihl 4", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5000), ihl=4))), ("quoted ihl 15", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5000), ihl=15))),
    ("quoted fragment", "10.9.0.1", icmp(3, 3, 0, ip("10.0.0.1", "10.9.0.1", 17, udp(4000, 5000), frag=0x0007))), ("bad sum", "10.9.0.1", icmp(3, 3, 0, good)[:-1] + b"y"), ("code 15", "10.9.0.1", icmp(3, 15, 0, good)), ("code 16", "10.9.0.1", icmp(3, 16, 0, good)), ("code 255", "10.9.0.1", icmp(3, 255, 0, good)),
    ("source quench", "10.9.0.1", icmp(4, 0, 0, good)), ("ttl", "10.0.0.2", icmp(11, 0, 0, good)), ("reassembly", "10.0.0.2", icmp(11, 1, 0, good)), ("parameter", "10.0.0.2", icmp(12, 0, 0x14000000, good)), ("parameter, beyond", "10.0.0.2", icmp(12, 0, 0xff000000, good)),
    ("mtu 1000", "10.0.0.2", icmp(3, 4, 1000, good)), ("mtu 0", "10.0.0.2", icmp(3, 4, 0, good)), ("mtu 60", "10.0.0.2", icmp(3, 4, 60, good)), ("mtu 9000", "10.0.0.2", icmp(3, 4, 9000, good)), ("mtu of what was never sent", "10.0.0.2", icmp(3, 4, 900, ip("10.0.0.1", "10.9.0.77", 17, udp(1, 2)))), ("mtu, tcp never sent", "10.0.0.2", icmp(3, 4, 900, ip("10.0.0.1", "10.9.0.78", 6, udp(1, 2)))),
    ("redirect", "10.0.0.2", icmp(5, 1, 0x0a000003, good)), ("redirect by no gateway", "10.0.0.3", icmp(5, 1, 0x0a000004, good)), ("redirect to afar", "10.0.0.2", icmp(5, 1, 0x0a070707, good)), ("redirect to itself", "10.0.0.2", icmp(5, 1, 0x0a000001, good)),
]
victim = subprocess.Popen(["ip", "netns", "exec", "a", "python3", "victim.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
victim.stdout.readline()
for name, src, msg in cases:
    subprocess.run(["ip", "netns", "exec", "a", "nstat", "-n"])
    s.sendto(ip(src, "10.0.0.1", 1, msg, frag=0), ("10.0.0.1", 0))
    victim.stdin.write("\n")
    print(name, "|", victim.stdout.readline().strip(), flush=True)
    o = subprocess.run(["ip", "netns", "exec", "a", "nstat", "-z"], capture_output=True, text=True).stdout.split("\n")
    print("   ", *[f"{l.split()[0]}={l.split()[1]}" for l in o if l.startswith(("Icmp", "IpInDel", "TcpExtOutOf", "TcpExtIP")) and l.split()[1] != "0"], flush=True)
    for to in ("10.9.0.1", "10.9.0.77", "10.9.0.78"):
        r = subprocess.run(["ip", "-n", "a", "route", "get", to], capture_output=True, text=True).stdout
        if "mtu" in r or "redirected" in r or "via 10.0.0.2 " not in r: print("   ", " ".join(w for w in r.split() if not w.endswith("sec")), flush=True)
victim.stdin.close()
P
n b python3 forge.py
