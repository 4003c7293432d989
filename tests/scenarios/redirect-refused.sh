# Redirects that are not believed: of strangers, to nowhere, and where settings forbid.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/better_router.sh"
ip netns exec r1 sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0
cat >redirect.py <<'P'
# SOURCE GATEWAY CODE: a redirect about our echo request to 10.2.0.4
import socket, sys
from packets import addr, icmp, ip
src, gw, code = sys.argv[1], sys.argv[2], int(sys.argv[3])
quoted = ip(icmp(0, 0, b"\0\1\0\1", b"12345678"), src="10.0.0.1", dst="10.2.0.4")
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.setsockopt(socket.IPPROTO_IP, 3, 1)
s.sendto(ip(icmp(5, code, addr(gw), quoted), src=src, dst="10.0.0.1"), ("10.0.0.1", 0))
P
H ping -c1 -W1 10.0.0.3 >/dev/null; H ping -c1 -W1 10.0.0.2 >/dev/null
t() { echo "# $*"; ip netns exec r1 python3 redirect.py "${@:1:3}"; sleep 0.05
  ip -n h route get 10.2.0.4 | sed 's/expires [0-9]*sec/expires Nsec/' | grep -v '^ *cache *$'; ip -n h route flush cache; }
set_() { for d in all eth0; do H sysctl -qw net.ipv4.conf.$d.$1=$2; done; echo "# -- $1=$2"; }
t 10.0.0.2 10.0.0.3 1
t 10.0.0.2 10.0.0.3 0
t 10.0.0.2 10.0.0.3 3
t 10.0.0.2 10.0.0.3 4
t 10.0.0.9 10.0.0.3 1 another gateway than ours
t 10.0.0.2 10.0.0.2 1 itself
t 10.0.0.2 224.0.0.1 1
t 10.0.0.2 255.255.255.255 1
t 10.0.0.2 0.0.0.0 1
t 10.0.0.2 10.0.0.1 1 ourselves
t 10.0.0.2 10.0.0.255 1
set_ shared_media 0
t 10.0.0.2 10.0.0.3 1 no known gateway
ip -n h route add 10.7.0.0/16 via 10.0.0.3; t 10.0.0.2 10.0.0.3 1 a known one
t 10.0.0.2 10.9.0.3 1 not on our link
ip -n h route del 10.7.0.0/16; set_ secure_redirects 0; t 10.0.0.2 10.0.0.3 1
set_ accept_redirects 0; t 10.0.0.2 10.0.0.3 1
H sysctl -qw net.ipv4.conf.eth0.accept_redirects=1; t 10.0.0.2 10.0.0.3 1 a host: one is enough
H sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=1; t 10.0.0.2 10.0.0.3 1 a router: both must be on
H sysctl -qw net.ipv4.conf.all.accept_redirects=1; t 10.0.0.2 10.0.0.3 1
