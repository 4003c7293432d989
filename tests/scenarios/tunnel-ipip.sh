# An ipip tunnel between two hosts behind a router: TTL, TOS and ECN outside and inside, fragments, counters.
exec 2>&1
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add h; ip netns add r
ip link add eth0 address 02:00:00:00:00:01 type veth peer name r0 netns r address 02:00:00:00:00:02
ip -n r link add r1 address 02:00:00:00:00:03 type veth peer name eth0 netns h address 02:00:00:00:00:04
ip link set lo up; ip link set eth0 up; ip -n r link set r0 up; ip -n r link set r1 up; ip -n h link set eth0 up; ip -n h link set lo up
ip addr add 10.0.0.1/24 dev eth0; ip -n r addr add 10.0.0.2/24 dev r0; ip -n r addr add 10.0.1.1/24 dev r1; ip -n h addr add 10.0.1.2/24 dev eth0
ip route add default via 10.0.0.2; ip -n h route add default via 10.0.1.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
capture() { { local -; set +x; } 2>/dev/null; tcpdump --immediate-mode -Uni $1 -w $1.pcap ${2:-ip} >/dev/null 2>$1.err & for _ in $(seq 100); do grep -qs listening $1.err 2>/dev/null && return; sleep 0.05; done; }
p() { { local -; set +x; } 2>/dev/null; ping -c1 -W${w:-1} "$@" | sed '/^PING\|^rtt\|^$\|statistics/d; s/ time.*//'; }
q() { { local -; set +x; } 2>/dev/null; w=0.3 p "$@"; }
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
