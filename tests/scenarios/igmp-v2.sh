# Among IGMPv2 queriers: reports to the group, leaving, and silence when another has reported.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv2_unsolicited_report_interval=50
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4; m a join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4
echo "# a querier"; query 2 1 0.0.0.0; told 0.4; filters
echo "# of a group"; query 2 1 239.1.1.1; told 0.4; query 2 1 239.1.1.7; told 0.3
echo "# of version 3, while it is there"; query 3 1 0.0.0.0 2 125; told 0.4; query 3 1 239.1.1.2 2 125 10.9.0.7; told 0.4
echo "# join and leave"; m b join 239.1.1.3 10.0.0.1; told 0.4; filters; m b leave 239.1.1.3 10.0.0.1; told 0.3
m b join_source 239.1.1.2 10.0.0.1 10.9.0.2; told 0.3; m b close; told 0.3; filters
echo "# another has reported"; cat >report.py <<'P'
import socket, struct, sys
group = socket.inet_aton("239.1.1.1"); s = socket.socket(2, 3, 2); s.bind(("10.0.0.2", 0)); s.setsockopt(0, 32, socket.inet_aton("10.0.0.2"))
p = struct.pack("!BBH4s", int(sys.argv[1], 16), 0, 0, group); t = sum(struct.unpack("!4H", p)); t = (t & 0xffff) + (t >> 16)
s.sendto(p[:2] + struct.pack("!H", ~t & 0xffff) + p[4:], (sys.argv[2], 0))
P
for r in "16 239.1.1.1" "12 239.1.1.1" "22 224.0.0.22" "17 224.0.0.2" "16 10.0.0.1"; do
  query 3 255 239.1.1.1 2 125; H grep -A1 -c '010101EF     1 1' /proc/net/igmp; R python3 report.py $r; sleep 0.1; echo "$r: still to be sent: $(H grep -c '010101EF     1 1' /proc/net/igmp)"
  query 2 1 239.1.1.1; told 0.4; done
query 3 255 239.1.1.1 2 125; R python3 report.py 16 239.1.1.1; sleep 0.1; m a leave 239.1.1.1 10.0.0.1; told 0.3
no_more_members
