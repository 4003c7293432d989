# Options in fragments: all in the first, in the others only those that are copied.
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
cat >sniff.py <<'P'
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800)); s.bind(("eth0", 0x800)); s.settimeout(2)
print("ready", flush=True)
try:
    for i in range(6):
        d = s.recv(3000); l = (d[0] & 15) * 4; f = int.from_bytes(d[6:8], "big")
        print("from", socket.inet_ntoa(d[12:16]), "len", int.from_bytes(d[2:4], "big"), "off", (f & 0x1fff) * 8, "DF" if f & 0x4000 else "", "MF" if f & 0x2000 else "", "options", d[20:l].hex())
except OSError as e: print(e)
P
cat >send.py <<'P'
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, 10, 0)
s.setsockopt(socket.IPPROTO_IP, 4, bytes.fromhex(sys.argv[1]))
print("sent", s.sendto(b"x" * 3200, ("10.0.2.2", 9)))
P
for o in 07070400000000 9404000007070400000000 4408050000000000 830b040a0001010a000c0201; do
  ip netns exec h2 python3 sniff.py >out & p=$!; until grep -q ready out 2>/dev/null; do sleep 0.05; done
  echo "# $o"; H python3 send.py $o; wait $p; sed -n '2,$p' out | sed 's/44080d00......../44080d00TTTTTTTT/; s/4408[0-9a-f]\{12\}/4408../'; rm out
done
