# What ICMP says about a tunnel: no tunnel there, no host, no route, too large, out of TTL; to whom it is told.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/tunnel_path.sh"
. "$kit/silent.sh"
ping -c1 -W1 10.0.1.2 >/dev/null
ip link add t0 type ipip local 10.0.0.1 remote 10.0.1.2; ip link set t0 up; ip addr add 192.168.0.1/24 dev t0
ip -n h link add t0 type ipip local 10.0.1.2 remote 10.0.0.1; ip -n h addr add 192.168.0.2/24 dev t0
capture eth0 "proto 4 or icmp"
set -x
: the other end is down
q 192.168.0.2
q 192.168.0.2
ip -n h link set t0 up; ip -n h route add 192.168.0.1 dev t0
q 192.168.0.2
q 192.168.0.2
: a narrow link
ip -n r link set r1 mtu 1300
q -s 1400 -M dont 192.168.0.2
q -s 1400 192.168.0.2
q -s 1400 192.168.0.2
q -s 1400 -M do 192.168.0.2
q -s 1200 -M do 192.168.0.2
ip route get 10.0.1.2 | sed 's/expires [0-9]*/expires N/'; ip route get 192.168.0.2 | sed 's/expires [0-9]*/expires N/'; ip link show t0
ip -s link show t0
: a short life
ip link set t0 type ipip local 10.0.0.1 remote 10.0.1.2 ttl 1; q 192.168.0.2; q 192.168.0.2
ip link set t0 type ipip local 10.0.0.1 remote 10.0.1.2 ttl inherit; q -t 1 192.168.0.2; q -t 1 192.168.0.2; q 192.168.0.2
: no way
ip -n r link set r1 down; q 192.168.0.2; q 192.168.0.2
ip route del default; q 192.168.0.2
ip -s -s link show t0
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
: through itself
ip link del t0; ip link add t1 type ipip remote 10.0.0.2; ip link set t1 up; ip addr add 192.168.1.1/24 dev t1; ip route del 10.0.0.0/24; ip route add 10.0.0.0/24 dev t1
q 10.0.0.2; ip -s link show t1
: nothing that could be inside
ip route del 10.0.0.0/24; ip route add 10.0.0.0/24 dev eth0
nstat -az IpInUnknownProtos IcmpInDestUnreachs IcmpInTimeExcds IcmpOutDestUnreachs
