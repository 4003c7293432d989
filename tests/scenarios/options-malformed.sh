# Malformed options: a parameter problem points to the byte; what the stack doesn't know goes through.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_routers.sh"
H() { ip netns exec h1 "$@"; }
cat >bad.py <<'P'
import socket, sys
from packets import icmp, ip
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP); r.settimeout(0.15)
for line in open(sys.argv[1]):
    text, _, what = line.strip().partition(" ")
    o = bytes.fromhex(text); o += b"\0" * (-len(o) % 4)
    s.sendto(ip(icmp(8, rest=b"\0\7\0\1"), src="10.0.1.2", dst=sys.argv[2], options=o), (sys.argv[2], 0))
    try:
        d, a = r.recvfrom(2000); l = (d[0] & 15) * 4
        got = "%s type %d code %d pointer %d options %s" % (a[0], d[l], d[l + 1], d[l + 4] if d[l] == 12 else 0, d[20:l].hex())
    except OSError as e: got = str(e)
    print("%-28s %-24s %s" % (text, what, got))
P
cat >list <<'P'
01010101 no-op
00010101 bytes behind the end
07000000 length 0
07010000 length 1
07050400 too long
0703040000000000 record without room
0703030000000000 pointer below 4
07070500000000 pointer not at a slot
07060400000000 slot too small
0707040000000007070400000000 two records
4404050000000000 stamps without room
4403050000000000 stamp too short
4408040000000000 stamp pointer below 5
4408050000000000 stamp alone
440c05010000000000000000 stamp with address
4408050100000000 no room for the address
440c05050000000000000000 unknown form
440c0df000000000 overflow 15
440809f000000000 overflow 15, full
4408090000000000 full
440809100000000044080500000000 two stamps
83030400 source route at its end
8302040000 source route too short
83030300 source pointer
8307040a0001010183070400000000 two source routes
94040000 router alert
9404000194040000 two alerts
94030000 alert too short
8206000000000000 security
8804000100000000 stream id
860a00000001010400000000 cipso
8606000000010000 cipso too short
860a0000000001040000 cipso DOI 0
860a00000001010000000000 cipso tag 0
9e04abcd unknown, copied
1e04abcd unknown
P
mask() { sed '/^440[8c]/s/0[0-9a-f]\{7\}$/TTTTTTTT/'; }
c() { for n in r1 h2; do echo "# $n"; ip netns exec $n nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets/ && $2 > 0 {print $1, $2}'; done; }
for n in h1 r1 r2 h2; do ip netns exec $n sysctl -qw net.ipv4.icmp_ratelimit=0; done
echo "# to the router"; H python3 bad.py list 10.0.1.1 | mask
echo "# through it"; H python3 bad.py list 10.0.2.2 | mask
c
