# Who reaches whom through a VRF: its ports, itself, by it and past it; what its taps see; its counters.
exec 2>&1
PS4="# "
ip netns add h; ip netns add k
for i in 0 1; do n=$(echo hk | cut -c$((i+1)))
  ip link add eth$i address 02:00:00:00:00:0$i type veth peer name e netns $n address 02:00:00:00:01:0$i
  ip link set eth$i up; ip -n $n link set e up; ip -n $n addr add 10.0.$i.2/24 dev e; ip -n $n route add default via 10.0.$i.1
done
ip link add red address 02:00:00:00:00:10 type vrf table 10; ip link set red up
for i in 0 1; do ip link set eth$i master red; ip addr add 10.0.$i.1/24 dev eth$i; done
p() { { local -; set +x; } 2>/dev/null; ping -c1 -W${w:-1} "$@" | sed '/^PING\|^rtt\|^$\|statistics/d; s/ time.*//'; }
capture() { { local -; set +x; } 2>/dev/null; tcpdump --immediate-mode -Uni $1 -w $1.pcap icmp >/dev/null 2>$1.err & for _ in $(seq 100); do grep -qs listening $1.err 2>/dev/null && return; sleep 0.05; done; }
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
