# A namespace `peer` without an address of its own, from which segments are sent by hand (tcp_segments.py), on a wire that is
# up: `. "$kit/tcp_peer.sh" [MTU]`.
#
#   d0 10.0.0.1 02:00:00:00:00:01  ----  peer d1, for 10.0.0.2, 02:00:00:00:00:02
ip link add d0 address 02:00:00:00:00:01 mtu ${1:-1500} type veth peer name d1 address 02:00:00:00:00:02 mtu ${1:-1500}
ip netns add peer
ip link set d1 netns peer
ip addr add 10.0.0.1/24 dev d0
ip link set d0 up
ip link set lo up
ip -n peer link set d1 up
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev d0
for _ in $(seq 100); do ip -br link show d0 | grep -q ' UP ' && break; sleep 0.02; done
