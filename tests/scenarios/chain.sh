# Ten routers in a row: traceroute, tracepath, mtr and hping3 see each of them.
exec 2>&1
n() { ip netns exec "$@"; }
mac() { printf '02:00:00:00:%02x:%02x' "$1" "$2"; }
for i in $(seq 0 11); do ip netns add n$i; ip -n n$i link set lo up; n n$i sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; done
for i in $(seq 0 10); do
  j=$((i + 1))
  ip link add right netns n$i address "$(mac $i 1)" type veth peer name left netns n$j address "$(mac $j 0)"
  ip -n n$i addr add 10.0.$i.1/24 dev right; ip -n n$j addr add 10.0.$i.2/24 dev left
  ip -n n$i link set right up; ip -n n$j link set left up
done
for i in $(seq 0 10); do ip -n n$i route add 10.0.10.0/24 via 10.0.$i.2 2>/dev/null; done
for i in $(seq 1 11); do ip -n n$i route add default via 10.0.$((i - 1)).1; done
n n0 ping -q -c3 -i0.1 10.0.10.2 | grep -o '[0-9] received'
echo "# traceroute: UDP, ICMP"
n n0 traceroute -n -q1 -w2 10.0.10.2 | sed 's/ *[0-9.]* ms//'
n n0 traceroute -I -n -q1 -w2 10.0.10.2 | sed 's/ *[0-9.]* ms//'
echo "# tracepath"
n n0 tracepath -n -m 15 10.0.10.2 | sed 's/ *[0-9.]*ms//'
echo "# mtr: ICMP, UDP"
n n0 mtr -n -r -c1 10.0.10.2 | awk 'NR > 2 {print $1, $2, $3, $4}'
n n0 mtr -u -n -r -c1 10.0.10.2 | awk 'NR > 2 {print $1, $2, $3, $4}'
echo "# an error waits while others are sent: raw sockets don't look at it, others do"
cat >errors.py <<'P'
import errno, socket, struct
probe = lambda q: b"\x08\0" + struct.pack("!HHH", 0xffff - 0x0800 - 0x1234 - q, 0x1234, q)
for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    s = socket.socket(socket.AF_INET, kind, 1 if kind == socket.SOCK_RAW else 0)
    s.setsockopt(0, 11, 1); s.setsockopt(0, 2, 1); s.connect(("10.0.10.2", 33434))
    told = []
    for q in range(1, 5):
        try: told.append(s.send(probe(q)))
        except OSError as e: told.append(errno.errorcode[e.errno])
    print(kind.name, told, s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
P
n n0 python3 errors.py
echo "# hping3 to the fifth"
n n0 hping3 -n --icmp -c 1 --ttl 5 10.0.10.2 | grep -o 'TTL 0 during transit from ip=[0-9.]*\|icmp_seq=.*rtt'
echo "# a narrow link in the middle"
ip -n n5 link set right mtu 1000; ip -n n6 link set left mtu 1000
n n0 tracepath -n -m 15 10.0.10.2 | sed 's/ *[0-9.]*ms//'
n n0 ping -q -c1 -W1 -M do -s 1200 10.0.10.2 | grep -o '[0-9] received'
for i in 1 5 10; do n n$i nstat -az IpForwDatagrams IpInHdrErrors IpFragFails IcmpOutTimeExcds IcmpOutDestUnreachs | grep -v '^#'; done
