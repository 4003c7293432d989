# Every router on the way enters the address it sends by, there and back; full records are left alone.
exec 2>&1
for n in h1 r1 r2 h2; do ip netns add $n; ip -n $n link set lo up; done
wire() { ip link add $2 netns $1 address 02:00:00:00:0$7:01 type veth peer name $5 netns $4 address 02:00:00:00:0$7:02
  ip -n $1 addr add $3 dev $2; ip -n $4 addr add $6 dev $5; ip -n $1 link set $2 up; ip -n $4 link set $5 up; }
wire h1 eth0 10.0.1.2/24 r1 eth1 10.0.1.1/24 1
wire r1 eth2 10.0.12.1/24 r2 eth1 10.0.12.2/24 2
wire r2 eth2 10.0.2.1/24 h2 eth0 10.0.2.2/24 3
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip -n r1 route add 10.0.2.0/24 via 10.0.12.2; ip -n r2 route add 10.0.1.0/24 via 10.0.12.1
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done; sleep 0.3
H() { ip netns exec h1 "$@"; }
H ping -c1 -W2 10.0.2.2 >/dev/null
p() { echo "# ping $*"; H ping -c1 -W1 "$@" | grep -v '^$' | sed 's/time[= ].*//; /^rtt/d'; }
p -R 10.0.2.2
p -R 10.0.1.1
p -R 10.0.1.2
cat >probe.py <<'P'
# HEX...: options of one echo request each; prints those of the answer, or the error
import socket, struct, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.settimeout(0.4)
def show(o): return " ".join("%02x" % b for b in o)
for text in sys.argv[2:]:
    try: s.setsockopt(socket.IPPROTO_IP, 4, bytes.fromhex(text))
    except OSError as e: print(text, "refused", e.strerror); continue
    print(text, "kept", s.getsockopt(socket.IPPROTO_IP, 4, 40).hex())
    m = struct.pack("!BBHHH", 8, 0, 0, 7, 1); c = ~sum(struct.unpack("!4H", m)) & 0xffff
    try:
        s.sendto(m[:2] + struct.pack("!H", (c & 0xffff) - (1 if sum(struct.unpack("!4H", m)) > 0xffff else 0)) + m[4:], (sys.argv[1], 0))
        while True:
            d, a = s.recvfrom(2000)
            l = (d[0] & 15) * 4
            if d[l] != 8: break
        print("  ", a[0], "type", d[l], d[l + 1], d[l + 4] if d[l] == 12 else "", "options", show(d[20:l]))
    except OSError as e: print("  ", e)
P
H python3 probe.py 10.0.2.2 070704000000000001 070b0400000000000000000001 070704c0a8010101 07070700000000 07070800000000 070707000000 07080400000000
