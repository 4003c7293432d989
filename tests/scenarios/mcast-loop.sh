# Copies of multicasts and broadcasts for members on the sending host; TTL, device and source of what is sent.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/host_and_router.sh"
cat >loop.py <<'P'
import socket, struct, errno
A = socket.inet_aton
def u(port=0, *opts):
    s = socket.socket(2, 2); s.setsockopt(1, 2, 1); s.bind(("", port)); s.settimeout(0.15)
    for o, v in opts: s.setsockopt(0, o, v)
    s.setsockopt(0, 8, 1); s.setsockopt(0, 12, 1); return s
def got(s):
    r = []
    try:
        while 1:
            d, anc, fl, a = s.recvmsg(100, 200); t = {k: v for l, k, v in anc}
            i = struct.unpack("i", t[8][:4])[0]; r.append((d.decode(), a[0], socket.if_indextoname(i), socket.inet_ntoa(t[8][4:8]), "ttl %d" % struct.unpack("i", t[2])[0]))
    except OSError: return r
def send(s, what, to):
    try: s.sendto(what, to)
    except OSError as x: print(what.decode(), errno.errorcode[x.errno])
G = "239.1.1.1"; m = u(5000, (35, A(G) + A("10.0.0.1"))); o = u(5000)
for name, opts in (("plain", ()), ("if", ((32, A("10.0.0.1")),)), ("no loop", ((32, A("10.0.0.1")), (34, b"\0"))), ("ttl 0", ((32, A("10.0.0.1")), (33, b"\0"))), ("ttl 7", ((32, A("10.0.0.1")), (33, b"\7"))), ("lo", ((32, A("127.0.0.1")),)), ("index", ((32, A("0.0.0.0") * 2 + struct.pack("i", socket.if_nametoindex("eth0"))),)), ("index and address", ((32, A("0.0.0.0") + A("10.5.5.5") + struct.pack("i", socket.if_nametoindex("eth0"))),))):
    s = u(0, *opts); send(s, name.encode(), (G, 5000)); print(name, "member", got(m), "other", got(o))
    send(s, b"not joined", ("239.9.9.9", 5000)); print("  not joined", got(m), got(o))
s = u(); s.setsockopt(0, 32, A("10.0.0.1")); s.connect((G, 5000)); print("connected", s.getsockname()[0], s.send(b"connected"), got(m))
b = u(); b.setsockopt(1, 6, 1)
for to in ("10.0.0.255", "255.255.255.255", "10.0.0.0"):
    send(b, b"broadcast", (to, 5000)); print(to, got(m), got(o))
b.setsockopt(1, 25, b"eth0\0"); send(b, b"bound", ("255.255.255.255", 5000)); print(got(m), got(o))
n = u(); send(n, b"not allowed", ("10.0.0.255", 5000)); print(got(m))
P
c() { H nstat -az | awk '/InMcast|Bcast|IgnoredMulti|UdpIn|UdpOut|UdpNo/ && !/Octets|Ip6|Udp6|Mem/ {print $1, $2}'; }
R tcpdump -lnvti eth0 --immediate-mode udp >heard 2>watching & until grep -qs listening watching; do sleep 0.05; done
H python3 loop.py; c
echo "# with a route"; ip -n h route add 224.0.0.0/4 dev eth0; H python3 loop.py; c
echo "# a default route"; ip -n h route del 224.0.0.0/4; ip -n h route add default via 10.0.0.2; H python3 loop.py; c
sleep 0.3; grep '>' heard | sed 's/\.[0-9]* > / > /; s/\[.*bad.*\] //' | sort | uniq -c; ip netns pids r | xargs -r kill; wait
