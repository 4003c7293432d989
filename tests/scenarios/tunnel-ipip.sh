# An ipip tunnel between two hosts behind a router: TTL, TOS and ECN outside and inside, fragments, counters.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/tunnel_path.sh"
. "$kit/silent.sh"
ping -c1 -W1 10.0.1.2 >/dev/null
set -x
ip link add t0 type ipip local 10.0.0.1 remote 10.0.1.2; ip link set t0 up; ip addr add 192.168.0.1/24 dev t0
ip -n h link add t0 type ipip local 10.0.1.2 remote 10.0.0.1; ip -n h link set t0 up; ip -n h addr add 192.168.0.2/24 dev t0
ip -br addr; ip route
capture eth0 "proto 4 or icmp"; capture t0
p 192.168.0.2
p -t 7 -Q 0x20 192.168.0.2
p -t 7 -Q 0x2 192.168.0.2
p -t 7 -Q 0x3 192.168.0.2
ip link set t0 type ipip local 10.0.0.1 remote 10.0.1.2 ttl 9 tos 0x10; p 192.168.0.2
ip link set t0 type ipip local 10.0.0.1 remote 10.0.1.2 ttl 9 tos inherit; p -Q 0x22 192.168.0.2
p -s 1452 192.168.0.2
p -s 1453 192.168.0.2
p -s 1453 -M do 192.168.0.2
p -s 3000 192.168.0.2
ip link set t0 type ipip local 10.0.0.1 remote 10.0.1.2 nopmtudisc ttl inherit
p -s 1400 192.168.0.2
p -s 1400 -M dont 192.168.0.2
ip -s link show t0; ip -n h -s link show t0
ip netns exec h ping -c1 -W1 192.168.0.1 | grep -o '[0-9] received'
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
nstat -az IpInReceives IpInDelivers IpOutRequests IpForwDatagrams IpReasmOKs
