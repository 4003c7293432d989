# Links with 31- and 32-bit prefixes and peers: who can be reached, what is broadcast, with which source; a gateway outside the prefix.
exec 2>&1
ip netns add b
ip link set lo up; ip -n b link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link set v0 up; ip -n b link set v1 up
until ip link show v0 | grep -q LOWER_UP; do sleep 0.05; done
b() { ip netns exec b "$@"; }
p() { echo "# ping $*"; ping -n -q -c1 -W0.3 "$@" | grep -o '[0-9] received.*% packet\|[0-9] received'; }
clean() { ip addr flush dev v0 scope global; ip -n b addr flush dev v1 scope global; ip neigh flush dev v0; ip -n b neigh flush dev v1; ip route flush table main; ip -n b route flush table main; }
echo "== 31 bits"
ip addr add 10.0.0.0/31 dev v0; ip -n b addr add 10.0.0.1/31 dev v1; ip route show table all; p 10.0.0.1; p -b 10.0.0.1; p 255.255.255.255
ip route get 10.0.0.0; ip route get 10.0.0.1; ip route get 255.255.255.255; b ping -n -q -c1 -W1 10.0.0.0 | grep -o '[0-9] received'; ip neigh show | sort; clean
echo "== 30 bits, the whole net"
ip addr add 10.0.0.1/30 dev v0; ip -n b addr add 10.0.0.2/30 dev v1; p 10.0.0.2; p 10.0.0.3; p -b 10.0.0.3; p -b 10.0.0.0; ip route get 10.0.0.0; ip route get 10.0.0.3; clean
echo "== peers"
ip addr add 10.0.0.1 peer 10.0.1.1 dev v0; ip -n b addr add 10.0.1.1 peer 10.0.0.1 dev v1; ip route; p 10.0.1.1; ip route add 10.9.0.0/16 via 10.0.1.1; ip route get 10.9.1.1
ip -n b addr add 10.9.0.1/32 dev lo; p 10.9.0.1; ip route add 10.8.0.0/16 via 10.0.0.1; echo $?; clean; ip -n b addr del 10.9.0.1/32 dev lo
echo "== peers with a prefix"
ip addr add 10.0.0.1 peer 10.0.1.0/24 dev v0; ip -n b addr add 10.0.1.5 peer 10.0.0.1 dev v1; ip route show table all | grep -v "^local 127\|^broadcast 127"; p 10.0.1.5; p 10.0.1.6; clean
echo "== 32 bits: nothing is on the link until said so"
ip addr add 10.0.0.1/32 dev v0; ip -n b addr add 10.0.0.2/32 dev v1; p 10.0.0.2; ip route add 10.0.0.2 dev v0; ip -n b route add 10.0.0.1 dev v1; p 10.0.0.2
ip route add default via 10.0.0.2; ip route get 8.8.8.8; ip -n b addr add 8.8.8.8/32 dev lo; p 8.8.8.8
echo "== a gateway outside, onlink"
ip route del default; ip route del 10.0.0.2; ip route add default via 10.0.0.2; ip route add default via 10.0.0.2 dev v0; ip route add default via 10.0.0.2 dev v0 onlink; ip route; p 8.8.8.8; ip neigh show 10.0.0.2
ip route add 10.6.0.0/16 via 10.0.0.1 dev v0 onlink; ip route add 10.6.0.0/16 via 127.0.0.1 dev v0 onlink; ip route add 10.6.0.0/16 via 224.0.0.1 dev v0 onlink; ip route add 10.6.0.0/16 via 10.0.0.255 dev v0 onlink; ip route add 10.6.0.0/16 via 0.0.0.0 dev v0 onlink; ip route
