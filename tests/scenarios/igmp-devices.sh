# Groups and devices that go down, change their name, move or go for good; sources of reports without addresses.
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
groups() { H sed 's/1:[0-9A-F]\{8\}/1:T/' /proc/net/igmp | cut -f2-; H cat /proc/net/dev_mcast | cut -d' ' -f2-; }
m a join 239.1.1.1 10.0.0.1; told 0.4; m a join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4; groups
echo "# down"; ip -n h link set eth0 down; told 0.3; groups
m a join 239.1.1.3 10.0.0.1; m a leave 239.1.1.1 10.0.0.1; groups; told 0.4
echo "# up"; ip -n h link set eth0 up; told 0.5; groups
echo "# without the carrier"; ip -n r link set eth0 down; sleep 0.2; m a join 239.1.1.4 10.0.0.1; groups; told 0.4; m a leave 239.1.1.4 10.0.0.1; told 0.4; ip -n r link set eth0 up; told 0.5
echo "# another name"; ip -n h link set eth0 down; ip -n h link set eth0 name lan0; ip -n h link set lan0 up; told 0.5; groups
echo "# without an address"; ip -n h addr flush dev lan0; m a join 239.1.1.5 0.0.0.0; ip -n h route add 239.0.0.0/8 dev lan0; m a join 239.1.1.5 0.0.0.0; told 0.4
ip -n h addr add 127.1.1.1/32 dev lo; ip -n h addr add 10.7.7.7/32 dev lo; m a join 239.1.1.6 0.0.0.0; told 0.4; ip -n h addr add 10.0.0.1/24 dev lan0
echo "# MTU below that of IPv4"; ip -n h link set lan0 mtu 67 ; groups; ip -n h link set lan0 mtu 1500; groups; ip -n h addr add 10.0.0.1/24 dev lan0; m a join 239.1.1.7 10.0.0.1; groups; told 0.4
echo "# away"; ip -n h link set lan0 netns r; groups; m a leave 239.1.1.7 10.0.0.1; m a leave 239.1.1.7 0.0.0.0
ip -n r link set lan0 netns h; groups; m a leave 239.1.1.7 10.0.0.1
echo "# gone"; ip -n h addr add 10.0.0.1/24 dev lan0; ip -n h link set lan0 up; m b join 239.1.1.8 10.0.0.1; groups; ip -n h link del lan0; groups; m b leave 239.1.1.8 0.0.0.0; m b close
kill $T 2>/dev/null; exec 3>&-; wait
