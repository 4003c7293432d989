# Two hosts on one wire, who know each other's address: `. "$kit/two_hosts.sh" PORT`, the name that the device has in each.
#
#   a 10.0.0.1 02:00:00:00:00:0a  ----  b 10.0.0.2 02:00:00:00:00:0b
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add "$1" netns a address 02:00:00:00:00:0a type veth peer name "$1" netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 brd + dev "$1"; ip -n b addr add 10.0.0.2/24 brd + dev "$1"
ip -n a link set "$1" up; ip -n b link set "$1" up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev "$1"; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev "$1"
