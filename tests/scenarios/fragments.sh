# Fragments: made, forwarded, put together again, timed out, refused, and their counters.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
sleep 0.3
p() { echo "# $*"; ip netns exec h1 ping -c1 -W1 "$@" | grep -v '^$'; }
p -s 3000 10.0.1.1
p -s 3000 10.0.2.2
ip -n r link set eth2 mtu 576; ip -n h2 link set eth0 mtu 576
p -M dont -s 3000 10.0.2.2
p -M do -s 1000 10.0.2.2
ip -n h1 link set eth0 mtu 68; p -s 500 10.0.1.1; ip -n h1 link set eth0 mtu 1500
ip netns exec h1 ping -c1 -W1 -s 65507 10.0.1.1 | grep transmitted | sed 's/time.*//'
ip netns exec r sysctl -qw net.ipv4.ipfrag_time=1
cat >half.py <<'P'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
def send(ident, offset, more, body, to="10.0.1.1"):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 0, ident, (0x2000 if more else 0) | offset // 8, 64, 17, 0, bytes(4), socket.inet_aton(to))
    s.sendto(head + body, (to, 0))
send(1, 0, True, b"a" * 64)          # never finished
send(2, 64, False, b"a" * 64)        # without its beginning
send(3, 0, True, b"a" * 64); send(3, 32, False, b"b" * 64)   # overlapping
send(4, 65528, False, b"c" * 64)     # beyond 64 KiB
send(5, 0, True, b"d" * 63)          # not a multiple of eight
P
ip netns exec h1 python3 half.py; sleep 2.5
for n in h1 r h2; do echo "# $n"; ip netns exec $n nstat -az 2>/dev/null | awk '/^(Ip[A-Z]|IcmpIn|IcmpOut)/ && !/6|Octets|NoECT/ && $2 > 0 {print $1, $2}'; done
ip netns exec r cat /proc/net/snmp | grep -c ^Ip:
