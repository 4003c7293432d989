# Two hosts on one wire, who have yet to ask for each other's address: `. "$kit/two_strangers.sh"`.
#
#   a v0 10.0.0.1 02:00:00:00:00:01  ----  b v1 10.0.0.2 02:00:00:00:00:02
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add v0 netns a address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip -n a addr add 10.0.0.1/24 dev v0; ip -n b addr add 10.0.0.2/24 dev v1
ip -n a link set v0 up; ip -n b link set v1 up
