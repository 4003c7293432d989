# Options in fragments: all in the first, in the others only those that are copied.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_routers.sh"
H() { ip netns exec h1 "$@"; }
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
