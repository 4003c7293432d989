# Every router on the way enters the address it sends by, there and back; full records are left alone.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_routers.sh"
H() { ip netns exec h1 "$@"; }
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
