# A tunnel to many ends: the neighbours of ipip are addresses, gre's have addresses; packets of others are refused.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/tunnel_path.sh"
. "$kit/silent.sh"
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
