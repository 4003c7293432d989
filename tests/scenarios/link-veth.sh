# Pairs: made half, made twice, across namespaces, taken apart from either end.
exec 2>&1
PS4="# "
ip netns add a; ip netns add b
set -x
ip link add v0 type veth peer
ip -br link | sed 's/[0-9a-f:]\{17\}/MAC/' 
ip link del v0
ip link add v0 type veth peer name v0
ip link add v0 type veth peer name lo
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 mtu 1400 txqueuelen 7
ip -d link show v0; ip -d link show v1
ip link set v1 netns a
ip link show v0
ip -n a link show v1
ip link set v0 netns b
ip -n b link show v0
ip -n a link show v1
ip -n a link set v1 name other; ip -n b link show v0
ip -n a link set other netns b
ip -n b link
ip -n b link del other
ip -n b link
ip -n a link add x0 type veth peer name x1 netns b
ip -n a link show x0 | sed 's/[0-9a-f:]\{17\}/MAC/'
ip -n b link show x1 | sed 's/[0-9a-f:]\{17\}/MAC/'
ip netns del a; sleep 0.3
ip -n b link
ip link add v0 index 77 address 02:00:00:00:00:01 type veth peer name v1 index 78 address 02:00:00:00:00:02
ip link
ip link add v2 index 77 type dummy
ip link add v0 address 02:00:00:00:00:01 type veth peer name v9 address 33:33:00:00:00:01
ip link show v9
