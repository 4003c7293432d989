# Whose packets a redirect may be about: ping sockets, raw sockets and UDP.
exec 2>&1
# h, r1 and r2 on one LAN (a bridge in sw); d behind r2
for n in sw h r1 r2 d; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in h r1 r2; do
  ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw address 02:00:00:00:01:0$i
  ip -n sw link set p$i master br0 up; ip -n $n addr add 10.0.0.$i/24 dev eth0; ip -n $n link set eth0 up; i=$((i+1))
done
ip link add eth1 netns r2 address 02:00:00:00:02:03 type veth peer name eth0 netns d address 02:00:00:00:02:04
ip -n r2 addr add 10.2.0.3/24 dev eth1; ip -n d addr add 10.2.0.4/24 dev eth0; ip -n r2 link set eth1 up; ip -n d link set eth0 up
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip -n h route add default via 10.0.0.2; ip -n r1 route add 10.2.0.0/24 via 10.0.0.3; ip -n d route add default via 10.2.0.3
until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = 3 ]; do sleep 0.05; done
H() { ip netns exec h "$@"; }
norm() { sed 's/expires [0-9]*sec/expires Nsec/' | grep -v '^ *cache *$'; }
H ping -c1 -W1 10.0.0.3 >/dev/null
cat >udp.py <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.IPPROTO_IP, 11, 1); s.settimeout(0.2)
s.connect((sys.argv[1], 9)); s.send(b"hello")
try: s.recv(1)
except OSError as e: print("recv", e.__class__.__name__)
P
echo "# udp"; H python3 udp.py 10.2.0.4; ip -n h route get 10.2.0.4 | norm
ip -n h route flush cache
cat >dgram.py <<'P'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP); s.setsockopt(socket.IPPROTO_IP, 11, 1); s.settimeout(0.3)
s.sendto(struct.pack("!BBHHH", 8, 0, 0, 0, 1) + b"12345678", ("10.2.0.4", 0))
for i in range(2):
    try: print("recv", len(s.recv(100)))
    except OSError as e: print("recv", e)
try:
    data, anc, flags, addr = s.recvmsg(200, 200, 0x2000)
    for level, kind, body in anc:
        print("queue", int.from_bytes(body[:4], "little"), "origin", body[4], "type", body[5], "code", body[6], "info %x" % int.from_bytes(body[8:12], "little"), len(data), addr)
except OSError as e: print("queue", e)
P
H sysctl -qw net.ipv4.ping_group_range="0 100"; sleep 0.3
echo "# ping socket"; H python3 dgram.py; ip -n h route get 10.2.0.4 | norm
