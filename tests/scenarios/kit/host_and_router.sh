# A host h and a router r on one wire, which is up: `. "$kit/host_and_router.sh"`. `H` and `R` run a command in each.
#
#   h eth0 10.0.0.1 02:00:00:00:00:01  ----  r eth0 10.0.0.2 02:00:00:00:00:02
for n in h r; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h address 02:00:00:00:00:01 type veth peer name eth0 netns r address 02:00:00:00:00:02
ip -n h addr add 10.0.0.1/24 dev eth0; ip -n r addr add 10.0.0.2/24 dev eth0; ip -n h link set eth0 up; ip -n r link set eth0 up
H() { ip netns exec h "$@"; }
R() { ip netns exec r "$@"; }
until [ "$(ip -n h -o link show eth0 | grep -c 'state UP')" = 1 ]; do sleep 0.05; done
