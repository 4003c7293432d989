# IGMP that makes no sense changes nothing, but raw sockets see what has a good IP header.
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
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4; m a block 239.1.1.1 10.0.0.1 10.9.0.1; told 0.5
cat >raw.py <<'P'
import os, socket
s = socket.socket(2, 3, 2); s.settimeout(0.2)
print("ready", flush=True)
while 1:
    last = os.path.exists("sent")
    try: d, a = s.recvfrom(2000); print("raw", a[0], len(d), d[(d[0] & 15) * 4:].hex())
    except TimeoutError:
        if last: break
P
cat >bad.py <<'P'
import socket, struct, sys
def sum16(b):
    b += b"\0" * (len(b) % 2); s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
s = socket.socket(17, 3, 0)
for line in open(sys.argv[1]):
    where, text, _ = line.split(None, 2)
    p = bytes.fromhex(text)
    if p[2:4] == b"\xcc\xcc": p = p[:2] + b"\0\0" + p[4:]; p = p[:2] + struct.pack("!H", sum16(p)) + p[4:]
    to = socket.inet_aton("10.0.0.1" if where == "us" else "239.1.1.1")
    mac = b"\2\0\0\0\0\1" if where == "us" else b"\1\0\x5e\1\1\1"
    h = struct.pack("!BBHHHBBH4s4s", 0x46, 0xc0, 24 + len(p), 0, 0x4000, 1, 2, 0, socket.inet_aton("10.0.0.2"), to) + b"\x94\4\0\0"
    h = h[:10] + struct.pack("!H", sum16(h)) + h[12:]
    s.sendto(mac + b"\2\0\0\0\0\2\x08\0" + h + p, ("eth0", 0x800))
P
cat >list <<'P'
group 1101deadef010101 wrong checksum
group 1101cccc00 seven bytes... of a query
group 11 one byte
group 1101ccccef0101 a byte too short
group 1101ccccef01010100 nine bytes
group 1101ccccef010101020000 eleven bytes
group 1101ccccef010101027d0001 a source that is not there
group 1101ccccef010101027dffff0a090002 65535 sources
group 1101ccccef010101027d00010a0900 three bytes of a source
group 1101cccc00000000027d00010a090001 general, with a source
group 1001ccccef010101 unknown type
group 1300ccccef010101 DVMRP
group 1400ccccef010101 PIM
group 2200cccc00000001 a report with a missing record
group 2200cccc0000000104000000ef010101 somebody's report
group 1e00ccccef010101 mtrace
us 1600ccccef010101 a report for us alone
group ff00cccc ff
P
ip netns exec h python3 raw.py >raws & N=$!
until grep -qs ready raws; do sleep 0.05; done
R python3 bad.py list; >sent; told 0.6; wait $N; cat raws
filters
echo "# sound ones"; echo "us 1101ccccef010101 v2, to us" >list; R python3 bad.py list; told 0.4; filters | grep eth0
H nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets|OutRe|OutMc|OutNoR/ && $2 > 0 {print $1, $2}' | grep In
kill $T 2>/dev/null; exec 3>&-; wait
