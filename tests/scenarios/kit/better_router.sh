# A host h that should send through r2, but sends through r1: `. "$kit/better_router.sh"`. All three are on a bridge (switch.sh).
#
#   h 10.0.0.1, default via r1    r1 10.0.0.2, 10.2.0.0/24 via r2    r2 10.0.0.3 -- d 10.2.0.4
. "$kit/switch.sh" h r1 r2
ip netns add d; ip -n d link set lo up
ip link add eth1 netns r2 address 02:00:00:00:02:03 type veth peer name eth0 netns d address 02:00:00:00:02:04
ip -n r2 addr add 10.2.0.3/24 dev eth1; ip -n d addr add 10.2.0.4/24 dev eth0; ip -n r2 link set eth1 up; ip -n d link set eth0 up
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip -n h route add default via 10.0.0.2; ip -n r1 route add 10.2.0.0/24 via 10.0.0.3; ip -n d route add default via 10.2.0.3
ports_up 3
H() { ip netns exec h "$@"; }
