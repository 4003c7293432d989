# A device on its way through namespaces: what it keeps, what it loses, what is refused.
exec 2>&1
PS4="# "
ip netns add a; ip netns add b
ip link add d0 address 02:00:00:00:00:d0 mtu 1400 type dummy
ip link set d0 up; ip addr add 10.0.0.1/24 dev d0; ip route add 10.1.0.0/16 via 10.0.0.9
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev d0
ip link set d0 alias kept promisc on
sysctl -qw net.ipv4.conf.d0.forwarding=1
set -x
ip link set d0 netns a
ip addr; ip route; ip neigh
ip -n a addr show d0; ip -n a route
ip netns exec a sysctl net.ipv4.conf.d0.forwarding
ip -n a link set d0 netns b name e0; ip -n b link show e0
ip link add d0 address 02:00:00:00:00:d1 type dummy
ip -n b link set e0 name d0
ip -n b link set d0 netns 1
ip link set d0 netns b
ip link set d0 netns nosuch
ip link set lo netns b
ip link set d0 netns b name e1; ip -n b -br link
ip link add d9 address 02:00:00:00:00:d9 netns a type dummy; ip -n a -br link
ip -all netns exec ip -br link
ip netns list-id
ip netns set a 5; ip netns list-id; ip netns list
ip netns set b auto; ip netns list-id
ip netns set a 6
