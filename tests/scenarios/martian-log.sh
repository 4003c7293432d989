# log_martians: only the kernel's log has more lines by it; what is dropped, counted and answered is the same.
. "$(dirname "$0")/kit/begin.sh"
ip netns add b
ip link add a0 address 02:00:00:00:00:01 type veth peer name b0 netns b address 02:00:00:00:00:02; ip link set lo up; ip link set a0 up; ip -n b link set b0 up; ip addr add 10.0.0.1/24 dev a0; ip -n b addr add 10.0.0.2/24 dev b0; ip link add d0 type dummy; ip link set d0 up; ip addr add 10.5.0.1/24 dev d0
sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.ip_forward=1; ping -c1 -W1 10.0.0.2 >/dev/null
cat >m.py <<'P'
import socket
from packets import icmp, ip
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind(("b0", 0))
for src, dst in (("10.0.0.1", "10.0.0.1"), ("10.5.0.9", "10.0.0.1"), ("127.0.0.1", "10.0.0.1"), ("10.0.0.2", "127.0.0.1"), ("224.0.0.5", "10.0.0.1"), ("255.255.255.255", "10.0.0.1"), ("0.0.0.0", "10.0.0.1"), ("10.0.0.2", "0.0.0.1"), ("240.0.0.1", "10.0.0.1"), ("10.0.0.255", "10.0.0.1"), ("10.9.9.9", "10.0.0.1"), ("10.0.0.2", "10.9.9.9"), ("10.0.0.2", "10.0.0.1")):
    s.send(bytes.fromhex("0200000000010200000000020800") + ip(icmp(8, rest=b"\0\1\0\1"), src=src, dst=dst))
P
for v in 0 1; do echo "== $v"; sleep 7; for d in all a0 lo default; do sysctl -w net.ipv4.conf.$d.log_martians=$v; done
nstat -n; ip netns exec b nstat -n; ip netns exec b python3 m.py; sleep 0.3; nstat -z IpInReceives IpInHdrErrors IpInAddrErrors IpForwDatagrams IpInDiscards IpInDelivers IpOutRequests IcmpInEchos IcmpOutEchoReps IcmpOutDestUnreachs TcpExtIPReversePathFilter IpExtInNoRoutes | awk '!/^#/{print $1, $2}'; ip netns exec b nstat IcmpInEchoReps IcmpInDestUnreachs | awk '!/^#/{print $1, $2}'; done
ip netconf show dev a0; ip netconf show dev a0 | grep -c martians
: a redirect that is not believed is told there too
sysctl -qw net.ipv4.conf.all.accept_redirects=0; sysctl net.ipv4.conf.a0.log_martians
