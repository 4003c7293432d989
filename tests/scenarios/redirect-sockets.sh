# Whose packets a redirect may be about: ping sockets, raw sockets and UDP.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/better_router.sh"
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
