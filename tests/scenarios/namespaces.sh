# Namespaces by name, and settings as netlink shows them.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
set -x
ip netns add x
ip netns add x
ip netns
ip netns del y
ip netns del x
ip netns
ip -n x link
ip netns exec x true
ip netconf show dev d0
ip netconf | head -3
ip ntable show dev d0 | head -8
