# A tunnel to many ends: the neighbours of ipip are addresses, gre's have addresses; packets of others are refused.
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
ip -n h link add t0 type ipip local 10.0.1.2 remote 10.0.0.1; ip -n h link set t0 up; ip -n h addr add 192.168.2.3/24 dev t0
ip -n h link add g0 type gre local 10.0.1.2 remote 10.0.0.1; ip -n h link set g0 up; ip -n h addr add 192.168.5.3/24 dev g0
capture eth0 "proto 4 or proto 47"
set -x
ip link add t2 type ipip local 10.0.0.1; ip link set t2 up; ip addr add 192.168.2.1/24 dev t2; q 192.168.2.2; ip -s link show t2
ip route add 192.168.2.3/32 via 10.0.1.2 dev t2 onlink; p 192.168.2.3
ip neigh show dev t2; ip neigh add 192.168.2.9 lladdr 10.0.1.2 dev t2; ip neigh show dev t2
ip -s link show t2
ip link add g2 type gre local 10.0.0.1; ip link set g2 up; ip addr add 192.168.5.1/24 dev g2; q 192.168.5.3; ip -s link show g2
ip neigh add 192.168.5.3 lladdr 10.0.1.2 dev g2; ip neigh show dev g2; p 192.168.5.3; ip -s link show g2
ip -d link show g2 | sed 's/numrxqueues 1 //'
ip neigh change 192.168.5.3 lladdr 10.0.1.77 dev g2; q 192.168.5.3
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
