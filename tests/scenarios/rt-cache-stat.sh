# /proc/net/stat/rt_cache: what each arrival and each route made counts as. On Linux it is the machine's, so differences
# are shown; how many routes there are at present depends on when memory is given back, and is left out.
. "$(dirname "$0")/kit/begin.sh"
for n in h r; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth2 netns r address 02:00:00:00:02:02 type veth peer name eth3 netns h address 02:00:00:00:02:01
ip -n r addr add 10.0.1.1/24 brd + dev eth1; ip -n r addr add 10.0.2.1/24 brd + dev eth2
ip -n h link set eth0 up; ip -n h link set eth3 up; ip -n r link set eth1 up; ip -n r link set eth2 up
ip -n r neigh add 10.0.2.2 lladdr 02:00:00:00:02:01 dev eth2; ip -n r neigh add 10.0.1.2 lladdr 02:00:00:00:01:01 dev eth1
ip -n r route add blackhole 10.0.4.0/24; ip -n r route add unreachable 10.0.5.0/24
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_echo_ignore_all=1; sleep 0.3
head -1 /proc/net/stat/rt_cache; ls -l /proc/net/stat/rt_cache | cut -c1-10; cat /proc/net/rt_cache; wc -l </proc/net/stat/rt_cache
ip netns exec r lnstat -f rt_cache -k in_slow_tot -c 1 -w 11 >/dev/null && echo lnstat reads it
cat >stat.py <<'P'
import socket
from netns import enter
from packets import icmp, ip
enter("h"); out = socket.socket(17, 3, 0)
enter("r")
def count():
    lines = [l.split() for l in open("/proc/net/stat/rt_cache")]
    return {k: sum(int(l[i], 16) for l in lines[1:]) for i, k in enumerate(lines[0]) if i}
def difference(what, do):
    before = count(); do(); after = count()
    print("%-40s" % what, *("%s+%d" % (k, after[k] - before[k]) for k in after if after[k] != before[k]))
def send(src, dst, mac="020000000102"):
    out.sendto(bytes.fromhex(mac + "0200000001010800") + ip(icmp(8, rest=b"\0\7\0\1"), src=src, dst=dst), ("eth0", 0x800))
for src, dst in (("10.0.1.2", "10.0.1.1"), ("10.0.1.2", "10.0.1.1"), ("10.0.1.3", "10.0.1.1"), ("10.0.1.2", "10.0.2.1"), ("10.0.1.2", "10.0.2.2"), ("10.0.1.2", "10.0.2.2"), ("10.0.1.3", "10.0.2.2"), ("10.0.1.2", "10.0.1.255"), ("10.0.1.2", "10.0.1.255"), ("10.0.1.2", "255.255.255.255"), ("10.0.1.2", "255.255.255.255"),
    ("10.0.1.2", "224.0.0.1"), ("10.0.1.2", "224.0.0.1"), ("10.0.1.2", "224.0.0.99"), ("127.0.0.1", "224.0.0.1"), ("10.0.1.2", "0.0.0.9"), ("10.0.1.2", "127.0.0.1"), ("127.0.0.1", "10.0.1.1"), ("0.0.0.9", "10.0.1.1"), ("224.0.0.1", "10.0.1.1"), ("10.0.1.1", "10.0.1.1"), ("10.0.1.1", "10.0.2.2"),
    ("10.0.1.1", "255.255.255.255"), ("10.0.1.2", "10.0.4.1"), ("10.0.1.2", "10.0.5.1"), ("10.0.1.2", "9.9.9.9"), ("10.0.1.2", "9.9.9.9"), ("0.0.0.0", "255.255.255.255")): difference("%s > %s" % (src, dst), lambda: send(src, dst))
s = socket.socket(2, 2); s.setsockopt(1, 6, 1)
def to(a, *options):
    def do():
        try: s.sendto(b"x", (a, 9))
        except OSError as e: print("   ", e)
    return do
for a in ("10.0.2.2", "10.0.2.2", "10.0.1.2", "10.0.1.255", "10.0.1.255", "255.255.255.255", "224.0.0.5", "8.8.8.8"): difference("to " + a, to(a))
s = socket.socket(2, 2); s.setsockopt(1, 6, 1); s.bind(("10.0.1.1", 0))
for a in ("255.255.255.255", "224.0.0.1", "224.0.0.5", "10.0.2.2"): difference("from 10.0.1.1 to " + a, to(a))
P
python3 stat.py
