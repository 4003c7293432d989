# gretap: Ethernet over GRE, alone and as a bridge's port; MTU and DF.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/tunnel_wire.sh"
. "$kit/silent.sh"
tcpdump --immediate-mode -Uni eth0 -w wire.pcap "(proto gre and ip[40:2] != 0x806) or icmp" >/dev/null 2>err & for _ in $(seq 100); do grep -qs listening err 2>/dev/null && break; sleep 0.05; done
set -x
ip link add g type gretap local 10.0.0.1 remote 10.0.0.2 key 3; ip link set g address 02:00:00:00:0a:01 up; ip addr add 192.168.0.1/24 dev g
ip -n h link add g type gretap local 10.0.0.2 remote 10.0.0.1 key 3; ip -n h link set g address 02:00:00:00:0a:02 up; ip -n h addr add 192.168.0.2/24 dev g
p 192.168.0.2
p -s 1430 192.168.0.2
p -s 1431 192.168.0.2
p -s 1600 -M do 192.168.0.2
ip link set g mtu 1500; p -s 1472 192.168.0.2; p -s 1472 -M dont 192.168.0.2
ip neigh show dev g | sed 's/ [A-Z]*$//'
ip -d link show g | sed 's/numrxqueues 1 //'
ip link set g type gretap local 10.0.0.1 remote 10.0.0.2 key 3 ignore-df nopmtudisc; p -s 1472 192.168.0.2; ip -d link show g | sed 's/numrxqueues 1 //'
ip link set g type gretap local 10.0.0.1 remote 10.0.0.2 key 3 ignore-df pmtudisc
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
ip addr flush dev g; ip link add br0 address 02:00:00:00:00:77 type bridge; ip link set br0 up; ip link set g master br0; ip addr add 192.168.0.1/24 dev br0
for _ in $(seq 40); do [ "$(cat /sys/class/net/br0/operstate)" = up ] && break; sleep 0.05; done
p 192.168.0.2; ip link show br0; ip -br link show g
ip link add link g name g.5 type vlan id 5; ip link set g.5 up; ip addr add 192.168.5.1/24 dev g.5
ip -n h link add link g name g.5 type vlan id 5; ip -n h link set g.5 up; ip -n h addr add 192.168.5.2/24 dev g.5; p 192.168.5.2
ip -n h link set g down; w=0.3 p 192.168.0.2
