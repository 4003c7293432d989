# Among IGMPv1 queriers: reports, no leaving; then version 2 as well.
exec 2>&1
for n in h r; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h address 02:00:00:00:00:01 type veth peer name eth0 netns r address 02:00:00:00:00:02
ip -n h addr add 10.0.0.1/24 dev eth0; ip -n r addr add 10.0.0.2/24 dev eth0; ip -n h link set eth0 up; ip -n r link set eth0 up
H() { ip netns exec h "$@"; }
R() { ip netns exec r "$@"; }
until [ "$(ip -n h -o link show eth0 | grep -c 'state UP')" = 1 ]; do sleep 0.05; done
# A program that sets one socket option for each line: SOCKET OPTION, then addresses, ints (n:), sockaddrs (s:), indices (i:).
cat >member.py <<'P'
import socket, struct, sys
names = dict(join=35, leave=36, unblock=37, block=38, join_source=39, leave_source=40, msfilter=41, gjoin=42, gblock=43,
             gunblock=44, gleave=45, gjoin_source=46, gleave_source=47, gfilter=48)
def value(w):
    kind, _, rest = w.rpartition(":")
    if kind == "n": return struct.pack("i", int(rest))
    if kind == "i": return struct.pack("ixxxx", int(rest))
    if kind == "s": return struct.pack("HH4s120x", 2, 0, socket.inet_aton(rest))
    return socket.inet_aton(w)
sockets = {}
for line in sys.stdin:
    who, what, *words = line.split()
    try:
        if what == "close": sockets.pop(who).close()
        else: sockets.setdefault(who, socket.socket(2, 2)).setsockopt(0, names[what], b"".join(map(value, words)))
        print("ok", flush=True)
    except OSError as e: print(e.strerror, flush=True)
P
mkfifo ask answer; H python3 member.py <ask >answer & M=$!
exec 3>ask 4<answer
m() { echo "$@" >&3; read -r answer <&4; echo "$*: $answer"; }
ip netns exec r tcpdump -tlnvQ in -i eth0 --immediate-mode igmp >heard 2>watching & T=$!
until grep -qs listening watching; do sleep 0.05; done
seen=0
told() { sleep $1; tail -n +$((seen + 1)) heard | grep '>' | sed 's/^ */  /' | sort | uniq -c; seen=$(wc -l <heard); }
filters() { H cat /proc/net/mcfilter | cut -c5-; H grep -A9 eth0 /proc/net/igmp | cut -f2- | sed 's/1:[0-9A-F]\{8\}/1:T/'; }
cat >query.py <<'P'
import socket, struct, sys
def sum16(b):
    b += b"\0" * (len(b) % 2); s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
# query.py VERSION CODE GROUP [QRV QQIC SOURCE...]: as a router on eth0
version, code, group = int(sys.argv[1]), int(sys.argv[2]), socket.inet_aton(sys.argv[3])
p = struct.pack("!BBH4s", 0x11, code, 0, group)
if version == 3:
    src = sys.argv[6:]
    p += struct.pack("!BBH", int(sys.argv[4]), int(sys.argv[5]), len(src)) + b"".join(map(socket.inet_aton, src))
p = p[:2] + struct.pack("!H", sum16(p)) + p[4:]
to = group if any(group) else socket.inet_aton("224.0.0.1")
h = struct.pack("!BBHHHBBH4s4s", 0x46, 0xc0, 24 + len(p), 0, 0x4000, 1, 2, 0, socket.inet_aton("10.0.0.2"), to) + b"\x94\4\0\0"
h = h[:10] + struct.pack("!H", sum16(h)) + h[12:]
s = socket.socket(17, 3, 0)
s.sendto(b"\1\0\x5e" + bytes([to[1] & 0x7f]) + to[2:] + b"\2\0\0\0\0\2\x08\0" + h + p, ("eth0", 0x800))
P
query() { R python3 query.py "$@"; }
H sysctl -qw net.ipv4.conf.eth0.igmpv2_unsolicited_report_interval=50 net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4
echo "# a querier"; query 1 0 0.0.0.0; filters | grep -c '1:T'; filters | grep eth0
until grep -q 'v1 report 239.1.1.1' heard; do sleep 0.1; done; told 0  # within ten seconds
echo "# join and leave"; m b join 239.1.1.3 10.0.0.1; told 0.4; m b leave 239.1.1.3 10.0.0.1; told 0.3
echo "# later ones have to wait"; query 2 1 0.0.0.0; told 0.4; filters | grep eth0; query 3 1 239.1.1.1 2 125; told 0.4
echo "# down and up"; ip -n h link set eth0 down; filters; ip -n h link set eth0 up; told 0.5; filters
kill $T 2>/dev/null; exec 3>&-; wait
