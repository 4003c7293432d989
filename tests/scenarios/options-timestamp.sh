# Time stamps: alone, with addresses, for named routers; and the count of those that found no room.
exec 2>&1
for n in h1 r1 r2 h2; do ip netns add $n; ip -n $n link set lo up; done
wire() { ip link add $2 netns $1 address 02:00:00:00:0$7:01 type veth peer name $5 netns $4 address 02:00:00:00:0$7:02
  ip -n $1 addr add $3 dev $2; ip -n $4 addr add $6 dev $5; ip -n $1 link set $2 up; ip -n $4 link set $5 up; }
wire h1 eth0 10.0.1.2/24 r1 eth1 10.0.1.1/24 1
wire r1 eth2 10.0.12.1/24 r2 eth1 10.0.12.2/24 2
wire r2 eth2 10.0.2.1/24 h2 eth0 10.0.2.2/24 3
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip -n r1 route add 10.0.2.0/24 via 10.0.12.2; ip -n r2 route add 10.0.1.0/24 via 10.0.12.1
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done; sleep 0.3
H() { ip netns exec h1 "$@"; }
H ping -c1 -W2 10.0.2.2 >/dev/null
p() { echo "# ping $*"; H ping -c1 -W1 "$@" | grep -v '^$' | sed 's/time[= ].*//; /^rtt/d; s/-\?[0-9]* absolute/N absolute/; s/\t-\?[0-9]\+$/\tN/; s/-\?[0-9]\+ *not-standard/N not-standard/'; }
p -T tsonly 10.0.2.2
p -T tsandaddr 10.0.2.2
p -T tsprespec 10.0.12.1 10.0.12.2 10.0.2.2
p -T tsprespec 10.0.12.2 10.0.2.2 10.0.2.2
p -T tsonly 10.0.1.1
H nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets/ && $2 > 0 {print $1, $2}'
