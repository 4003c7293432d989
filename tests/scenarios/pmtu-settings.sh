# Where path MTU discovery is off in one way or another: what sockets ask for by themselves, what is learnt of a "too big".
# And what senders are told when the device itself refuses a packet.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2; ip -n r link set eth2 mtu 1000
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1; sleep 0.3
h1() { ip netns exec h1 "$@"; }
get() { ip -n h1 route get $1 | sed 's/expires [0-9]*sec/expires Nsec/' | tail -1; }
cat >wish.py <<'P'
import socket
for kind, proto in ((socket.SOCK_DGRAM, 0), (socket.SOCK_RAW, 1), (socket.SOCK_RAW, 255)):
    s = socket.socket(socket.AF_INET, kind, proto)
    print(kind.name, proto, "discovers", s.getsockopt(socket.IPPROTO_IP, 10), end="; ")
print()
P
for v in 0 1 2 3; do
  echo "# ip_no_pmtu_disc=$v"; h1 sysctl -qw net.ipv4.ip_no_pmtu_disc=$v net.ipv4.route.flush=1
  h1 python3 wish.py
  h1 ping -q -c1 -W1 -M do -s 1100 10.0.2.2 | grep -o '[0-9] received.*errors\|[0-9] received'; get 10.0.2.2
done
h1 sysctl -qw net.ipv4.ip_no_pmtu_disc=0 net.ipv4.route.flush=1
echo "# floor, expiry"; h1 sysctl -qw net.ipv4.route.min_pmtu=1200
h1 ping -q -c1 -W1 -M do -s 1100 10.0.2.2 >/dev/null; get 10.0.2.2
h1 sysctl -qw net.ipv4.route.flush=1 net.ipv4.route.min_pmtu=552 net.ipv4.route.mtu_expires=2
h1 ping -q -c1 -W1 -M do -s 1100 10.0.2.2 >/dev/null; get 10.0.2.2; sleep 2.5; get 10.0.2.2
echo "# the device refuses"
ip -n r link set eth1 mtu 800
cat >refused.py <<'P'
import errno, socket
for kind, proto, data in ((socket.SOCK_DGRAM, 0, b""), (socket.SOCK_RAW, 1, b"\x08\0\xf7\xff\0\0\0\0"), (socket.SOCK_RAW, 99, b"")):
    for told in (0, 1):
        s = socket.socket(socket.AF_INET, kind, proto)
        s.setsockopt(socket.IPPROTO_IP, 11, told)
        try: print(kind.name, proto, told, s.sendto(data + bytes(1000), ("10.0.1.1", 9)))
        except OSError as e: print(kind.name, proto, told, errno.errorcode[e.errno])
P
h1 python3 refused.py
h1 nstat -az IpOutDiscards UdpSndbufErrors UdpOutDatagrams IcmpOutMsgs IpOutRequests | grep -v '^#'
h1 ping -c1 -W1 -s 1000 10.0.1.1 | sed -n '2,4p'
