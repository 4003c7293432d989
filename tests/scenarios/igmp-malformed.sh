# IGMP that makes no sense changes nothing, but raw sockets see what has a good IP header.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4; m a block 239.1.1.1 10.0.0.1 10.9.0.1; told 0.5
cat >raw.py <<'P'
import os, socket
s = socket.socket(2, 3, 2); s.settimeout(0.2)
print("ready", flush=True)
while 1:
    last = os.path.exists("sent")
    try: d, a = s.recvfrom(2000); print("raw", a[0], len(d), d[(d[0] & 15) * 4:].hex())
    except TimeoutError:
        if last: break
P
cat >bad.py <<'P'
import struct, sys
from igmp_frames import send
from packets import sum16
for line in open(sys.argv[1]):
    where, text, _ = line.split(None, 2)
    p = bytes.fromhex(text)
    if p[2:4] == b"\xcc\xcc": p = p[:2] + b"\0\0" + p[4:]; p = p[:2] + struct.pack("!H", sum16(p)) + p[4:]
    send(p, "10.0.0.1" if where == "us" else "239.1.1.1")
P
cat >list <<'P'
group 1101deadef010101 wrong checksum
group 1101cccc00 seven bytes... of a query
group 11 one byte
group 1101ccccef0101 a byte too short
group 1101ccccef01010100 nine bytes
group 1101ccccef010101020000 eleven bytes
group 1101ccccef010101027d0001 a source that is not there
group 1101ccccef010101027dffff0a090002 65535 sources
group 1101ccccef010101027d00010a0900 three bytes of a source
group 1101cccc00000000027d00010a090001 general, with a source
group 1001ccccef010101 unknown type
group 1300ccccef010101 DVMRP
group 1400ccccef010101 PIM
group 2200cccc00000001 a report with a missing record
group 2200cccc0000000104000000ef010101 somebody's report
group 1e00ccccef010101 mtrace
us 1600ccccef010101 a report for us alone
group ff00cccc ff
P
ip netns exec h python3 raw.py >raws & N=$!
until grep -qs ready raws; do sleep 0.05; done
R python3 bad.py list; >sent; told 0.6; wait $N; cat raws
filters
echo "# sound ones"; echo "us 1101ccccef010101 v2, to us" >list; R python3 bad.py list; told 0.4; filters | grep eth0
H nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets|OutRe|OutMc|OutNoR/ && $2 > 0 {print $1, $2}' | grep In
no_more_members
