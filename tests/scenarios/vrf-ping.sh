# Who reaches whom through a VRF: its ports, itself, by it and past it; what its taps see; its counters.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/vrf_ports.sh"
. "$kit/silent.sh"
filter="icmp"
for d in red eth0; do capture $d; done
set -x
ip netns exec h ping -c1 -W1 10.0.0.1 | grep -o '[0-9] received'
p -I red 10.0.0.2
p -I eth0 10.0.0.2
p 10.0.0.2
p -I red 10.0.0.1
p -I eth0 10.0.0.1
sysctl -w net.ipv4.ip_forward=1
ip netns exec h ping -c1 -W1 10.0.1.2 | grep -o '[0-9] received'
ip netns exec h ping -c1 -W1 10.0.9.2 | grep From
ip netns exec h ping -c1 -W1 -t1 10.0.1.2 | grep From
ip netns exec h ping -c1 -W1 10.0.1.1 | grep -o '[0-9] received'
p -I red 10.0.9.9
p -I red 224.0.0.1
p -b -I red 10.0.0.255
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
ip -s link show red
ip neigh show vrf red | sed "s, [A-Z]*$,," | sort
ip link set red down; w=0.2 p -I eth0 10.0.0.2; p -I red 10.0.0.2; ip netns exec h ping -c1 -W0.2 10.0.0.1 | grep -o '[0-9] received'
ip -s link show red; ip route show table 10
ip link set red up; ip addr add 10.7.0.1/32 dev red
p -I red 10.7.0.1
p -I red 127.0.0.1
ip addr add 127.0.0.1/8 dev red; p -I red 127.0.0.1
ip -n h route add 10.7.0.1 via 10.0.0.1; ip netns exec h ping -c1 -W1 10.7.0.1 | grep -o '[0-9] received'
nstat -az IpInReceives IpInDelivers IpOutRequests IpForwDatagrams IpInNoRoutes IpInAddrErrors
