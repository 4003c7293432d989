# ip_forward_use_pmtu: a router believes what it was told of a path for its own packets only, unless this is set.
. "$(dirname "$0")/kit/begin.sh"
for n in h r d; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns h address 02:00:00:00:00:01 type veth peer name e0 netns r address 02:00:00:00:00:02
ip link add e1 netns r address 02:00:00:00:00:03 type veth peer name e0 netns d address 02:00:00:00:00:04
ip -n h link set e0 up; ip -n r link set e0 up; ip -n r link set e1 up; ip -n d link set e0 up
ip -n h addr add 10.0.0.1/24 dev e0; ip -n r addr add 10.0.0.2/24 dev e0; ip -n r addr add 10.1.0.2/24 dev e1; ip -n d addr add 10.1.0.4/24 dev e0
ip -n h route add default via 10.0.0.2; ip -n d route add default via 10.1.0.2; ip -n r route add 10.2.0.0/16 via 10.1.0.4; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip -n d addr add 10.2.0.1/32 dev lo; ip -n d addr add 10.2.0.2/32 dev lo
R() { ip netns exec r "$@"; }
ip netns exec h ping -c1 -W1 10.2.0.1 >/dev/null
cat >toobig.py <<'P'
# SIZE: the far end tells the router that the path to 10.2.0.1 is no larger
import socket, struct, sys
from packets import icmp, ip
# Quotes what Linux itself sends: who asks by a socket would hear of the error there.
quoted = ip(icmp(0, rest=b"\0\1\0\1", check=0), src="10.1.0.2", dst="10.2.0.1", total=1500, frag=0x4000)
m = icmp(3, 4, struct.pack("!HH", 0, int(sys.argv[1])), quoted)
socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).sendto(m, ("10.1.0.2", 0))
P
p() { echo "# $*"; ip netns exec h ping -c1 -W0.5 "$@" | sed -n '/bytes from/s/time.*//p;/^From/p;/error/p'; ip -n h route flush cache; }
g() { ip -n r route get 10.2.0.1 | sed 's/expires [0-9]*/expires N/;/^ *cache *$/d'; }
p -M do -s 1400 10.2.0.1
ip netns exec d python3 toobig.py 1200; sleep 0.1; g
for v in 0 1; do R sysctl -w net.ipv4.ip_forward_use_pmtu=$v
p -M do -s 1400 10.2.0.1; p -M do -s 1172 10.2.0.1; p -M do -s 1173 10.2.0.1; p -M dont -s 1400 10.2.0.1; p -M do -s 1400 10.2.0.2; done
: what the administrator says of a path counts always
R sysctl -qw net.ipv4.ip_forward_use_pmtu=0; ip -n r route replace 10.2.0.0/16 via 10.1.0.4 mtu 1300; p -M do -s 1400 10.2.0.2; p -M do -s 1272 10.2.0.2
ip netns exec d python3 toobig.py 1200; sleep 0.1; g; p -M do -s 1260 10.2.0.1
ip -n r route replace 10.2.0.0/16 via 10.1.0.4 mtu lock 1300; ip netns exec d python3 toobig.py 1100; sleep 0.1; g; p -M do -s 1260 10.2.0.1; p -M dont -s 1400 10.2.0.1
: too small to be believed
ip -n r route replace 10.2.0.0/16 via 10.1.0.4; ip netns exec d python3 toobig.py 400; sleep 0.1; g; p -M do -s 1000 10.2.0.1; R sysctl -qw net.ipv4.ip_forward_use_pmtu=1;  p -M do -s 1000 10.2.0.1
R nstat -az IpFragOKs IpFragCreates IpForwDatagrams IcmpOutDestUnreachs | tail -n +2
