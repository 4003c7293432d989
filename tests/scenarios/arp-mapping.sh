# The link-layer addresses that need no asking: multicast (01:00:5e), broadcast, loopback, NOARP devices.
exec 2>&1
PS4="# "
ip netns add b
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip addr add 10.0.0.1/24 brd + dev v0
ip link set v0 up
ip -n b link set v1 up
ip link set lo up
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.5.0.1/24 dev d0
show() { ip neigh show nud all | sort; }
set -x
ip neigh add 224.0.0.1 use nud none dev v0
ip neigh add 239.255.255.255 use nud none dev v0
ip neigh add 232.129.2.3 use nud none dev v0
ip neigh add 10.0.0.255 use nud none dev v0
ip neigh add 10.0.0.0 use nud none dev v0
ip neigh add 255.255.255.255 use nud none dev v0
ip neigh add 10.5.0.9 use nud none dev d0
show
ping -q -c 1 127.0.0.1 | grep -c '1 received'
show
ip neigh flush all nud all
ip link set v0 arp off
ping -q -c 1 -W 0.1 10.0.0.9 | grep -c ' 0 received'
show
ip link set v0 arp on
show
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev lo
show
