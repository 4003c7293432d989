# Errors that a router sends: unreachable, too big once, time exceeded; as ping and a UDP socket see them.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip -n r link set eth2 mtu 1000
sleep 0.3
cat >udp.py <<'P'
import errno, socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
s.settimeout(6)
if sys.argv[3:] == ["df"]: s.setsockopt(socket.IPPROTO_IP, 10, 2)
s.connect((sys.argv[1], 9))
try:
    s.send(b"x" * int(sys.argv[2]))
    s.recv(10)
except OSError as e:
    print("error", errno.errorcode.get(e.errno, e))
try:
    data, ancillary, flags, address = s.recvmsg(2000, 512, 0x2000)
    for level, kind, body in ancillary:
        code = int.from_bytes(body[:4], "little")
        print("queue", errno.errorcode[code], "origin", body[4], "type", body[5], "code", body[6],
              "info", int.from_bytes(body[8:12], "little"), "from", socket.inet_ntoa(body[20:24]), len(data), address)
except OSError as e:
    print("queue", errno.errorcode.get(e.errno, e))
P
udp() { echo "# udp $*"; ip netns exec h1 python3 udp.py "$@"; }
ping() { echo "# ping $*"; ip netns exec h1 /usr/bin/ping -c1 -W4 "$@"; }
udp 10.0.2.2 10
udp 10.0.1.1 10
udp 10.0.2.77 10
udp 10.77.0.1 10
ping -t 1 10.0.2.2
ping -s 3000 -t 1 10.0.2.2
ping 10.0.2.77
ip -n r route add prohibit 10.88.0.0/16; ping 10.88.0.1; sleep 1.5; udp 10.88.0.1 5
udp 10.0.2.2 1200 df
for n in h1 r h2; do echo "# $n"; ip netns exec $n nstat -az 2>/dev/null | awk '/^(Ip|Icmp|Udp)[A-Z]/ && !/6/ && $2 > 0 {print $1, $2}'; done
