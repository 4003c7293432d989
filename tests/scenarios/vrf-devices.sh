# VLANs, bridges and tunnels as VRFs' ports, and tunnels whose outer packets take a VRF's routes.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for n in a b; do ip netns add $n; done
ip link add trunk address 02:00:00:00:00:01 type veth peer name trunk netns a address 02:00:00:00:00:02
ip link set trunk up; ip -n a link set trunk up
for v in 1 2; do
  ip link add vrf$v address 02:00:00:00:00:1$v type vrf table 10$v; ip link set vrf$v up
  ip link add link trunk name t.$v type vlan id $v; ip link set t.$v master vrf$v up; ip addr add 10.0.0.1/24 dev t.$v
  ip -n a link add link trunk name t.$v type vlan id $v; ip -n a link add vrf$v type vrf table 10$v; ip -n a link set vrf$v up
  ip -n a link set t.$v master vrf$v up; ip -n a addr add 10.0.0.2/24 dev t.$v; ip -n a addr add 10.1.1.$v/32 dev vrf$v
  ip route add vrf vrf$v 10.1.1.0/24 via 10.0.0.2
done
. "$kit/silent.sh"
set -x
for v in 1 2; do p -I vrf$v 10.0.0.2; p -I vrf$v 10.1.1.$v; done
w=0.3 p -I vrf1 10.1.1.2
ip neigh show vrf vrf1 | sed 's/ [A-Z]*$//'; ip -br link show vrf vrf2
ip link add link vrf1 name x type vlan id 5
ip link add br0 address 02:00:00:00:00:77 type bridge; ip link set br0 master vrf1 up; ip addr add 10.5.0.1/24 dev br0; ip route show vrf vrf1
ip link add t1 type ipip local 10.0.0.1 remote 10.0.0.2 dev vrf1; ip link set t1 up; ip addr add 192.168.0.1/24 dev t1
ip -n a link add t1 type ipip local 10.0.0.2 remote 10.0.0.1 dev vrf1; ip -n a link set t1 up; ip -n a addr add 192.168.0.2/24 dev t1
ip link show t1
p 192.168.0.2
ip link set t1 master vrf2; ip route show vrf vrf2; w=0.3 p 192.168.0.2; p -I vrf2 192.168.0.2
ip -n a link set t1 master vrf2; p -I vrf2 192.168.0.2; p -I t1 192.168.0.2
ip link add g1 type gre local 10.0.0.1 remote 10.0.0.2 dev t.2 key 7; ip link set g1 up; ip addr add 192.168.1.1/24 dev g1
ip -n a link add g1 type gre local 10.0.0.2 remote 10.0.0.1 key 7; ip -n a link set g1 up; ip -n a addr add 192.168.1.2/24 dev g1; w=0.3 p 192.168.1.2
ip -n a link del g1; ip -n a link add g1 type gre local 10.0.0.2 remote 10.0.0.1 key 7 dev t.2; ip -n a link set g1 up; ip -n a addr add 192.168.1.2/24 dev g1; p 192.168.1.2
ip -s link show g1
ip link del vrf2; ip route | grep -v '^10.5'
