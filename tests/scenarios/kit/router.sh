# Two hosts on a router r: `. "$kit/router.sh" LEFT RIGHT`, the hosts' names. No host has a default route yet, and r doesn't
# forward.
#
#   LEFT eth0 10.0.1.2 02:00:00:00:01:01 -- r eth1 10.0.1.1 02:00:00:00:01:02
#                                           r eth2 10.0.2.1 02:00:00:00:02:02 -- RIGHT eth0 10.0.2.2 02:00:00:00:02:01
for n in "$1" r "$2"; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns "$1" address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth0 netns "$2" address 02:00:00:00:02:01 type veth peer name eth2 netns r address 02:00:00:00:02:02
ip -n "$1" addr add 10.0.1.2/24 brd + dev eth0; ip -n "$2" addr add 10.0.2.2/24 brd + dev eth0
ip -n r addr add 10.0.1.1/24 brd + dev eth1; ip -n r addr add 10.0.2.1/24 brd + dev eth2
ip -n "$1" link set eth0 up; ip -n "$2" link set eth0 up; ip -n r link set eth1 up; ip -n r link set eth2 up
