# Counters of devices: ip -s, ip stats, ip link afstats, /proc/net/dev, /sys/class/net after what was sent, received and dropped.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n b addr add 10.0.0.3/24 dev e0; for i in a b; do ip netns exec $i sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0; done
ip -n a route add 224.0.0.0/4 dev e0
cat >p.py <<'P'
import socket, time
from netns import enter
enter("a"); s = socket.socket(2, 2); p = socket.socket(17, 3); p.bind(("e0", 3))
s.setsockopt(1, 6, 1)
for size in (0, 10, 1472): s.sendto(bytes(size), ("10.0.0.2", 9999))
s.sendto(bytes(4000), ("10.0.0.2", 9998)); s.sendto(b"x", ("10.0.0.255", 9)); s.sendto(b"x", ("224.0.0.9", 9)); time.sleep(0.05)
for f in ("02000000000b" "02000000000a" "1234", "02000000000c" "02000000000a" "0800", "ffffffffffff" "02000000000a" "0806", "01005e000001" "02000000000a" "0800"): p.send(bytes.fromhex(f) + bytes(46))
time.sleep(0.05); u = socket.socket(2, 2); u.sendto(b"abc", ("127.0.0.1", 9)); u.sendto(b"abc", ("10.0.0.1", 9)); time.sleep(0.05)
P
python3 p.py
run() { while read -r line; do echo "# $line"; eval "$line"; done; }
run <<'L'
for n in a b; do ip -n $n -s -s link; done
ip netns exec b cat /proc/net/dev; ip netns exec b bash -c 'cd /sys/class/net/e0/statistics; grep . *'
ip -n b stats show dev e0 group link; ip -n b link xstats type bridge; ip -n b -j stats show dev e0 group link
ip -n b stats show dev nosuch; ip -n b stats show dev e0 group nosuch; ip -n b stats show dev e0 group nosuch subgroup x; ip -n b stats show dev lo group link
ip -n b link set e0 down; ip netns exec a ping -qc1 -W0.1 10.0.0.2 | grep -o '[0-9] received'; ip -n a -s -s link show e0 | tail -6
ip -n b link set e0 up; ip -n b -h -s link show e0 | tail -4; ip -n b -iec -h -s link show e0 | tail -4; ip -n b -s -j -p link show e0 | sed -n '/stats64/,$p'
L
