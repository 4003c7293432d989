# A host with two Ethernet ports in one network, cabled to each other. Why doesn't one port reach the other's
# address, and what makes it? docs/linux-notes/two-ports-one-host.md has the answers.
exec 2>&1
PS4="# "
await() {  # STATE DEV ADDRESS: waits until the neighbour is in that state, and shows it
  for _ in $(seq 100); do
    ip neigh show "$3" dev "$2" nud "$1" | grep -q . && break
    sleep 0.1
  done
  echo "$3 on $2: $(ip neigh show "$3" dev "$2" nud all)"
}
counts() {  # what each port has seen
  for dev in eth0 eth1; do
    echo "$dev: sent $(cat /sys/class/net/$dev/statistics/tx_packets), received $(cat /sys/class/net/$dev/statistics/rx_packets)"
  done
}
try() {  # SETTING: whether a ping by eth0 now succeeds, and what eth0 knows then
  sysctl -w "$1"
  ip neigh flush all
  ping -q -I eth0 -c 1 -W 1 192.168.0.3 | grep packets | sed 's/, time.*//'
  ip neigh show 192.168.0.3 dev eth0 nud all
}
icmp() { nstat -asz IcmpInEchos IcmpOutEchoReps IcmpInEchoReps TcpExtIPReversePathFilter | awk 'NR > 1 { print $1, $2 }'; }

ip link set lo up
ip link add eth0 address 02:00:00:00:00:e0 type veth peer name eth1 address 02:00:00:00:00:e1
ip addr add 192.168.0.2/24 dev eth0
ip addr add 192.168.0.3/24 dev eth1
ip link set eth0 up
ip link set eth1 up
ip -br addr
ip route
ip route show table local | grep 192
ip route get 192.168.0.3
ip route get 192.168.0.3 oif eth0

echo "== without a port named, the packet never leaves the host"
set -x
ping -c 1 192.168.0.3
{ set +x; } 2>/dev/null
counts

echo "== by eth0: nobody answers, though each request arrives"
ping -I eth0 -c 1 -W 4 192.168.0.3 >ping.out &
await incomplete eth0 192.168.0.3
await failed eth0 192.168.0.3
wait
cat ping.out
counts
ip neigh show dev eth1 nud all

# From here on it fails sooner.
sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=200

echo "== with the neighbour entered by hand the echo request arrives, and is refused as well"
ip neigh replace 192.168.0.3 lladdr 02:00:00:00:00:e1 nud permanent dev eth0
ip neigh show dev eth0
icmp
ping -I eth0 -c 1 -W 1 192.168.0.3
counts
icmp
ip neigh del 192.168.0.3 dev eth0

echo "== accept_local on the receiving port: request and echo are answered; the echo's answer goes by lo"
try net.ipv4.conf.eth1.accept_local=1
ip neigh show dev eth1
icmp
counts
try net.ipv4.conf.eth1.accept_local=0
try net.ipv4.conf.all.accept_local=1
try net.ipv4.conf.all.accept_local=0
sysctl -w net.ipv4.conf.eth1.accept_local=1

echo "== rp_filter: 192.168.0.2 isn't behind eth1 (1), though behind some device (2); the greater of all's and eth1's"
try net.ipv4.conf.eth1.rp_filter=1
try net.ipv4.conf.eth1.rp_filter=2
try net.ipv4.conf.all.rp_filter=1
try net.ipv4.conf.eth1.rp_filter=0
try net.ipv4.conf.all.rp_filter=0
icmp

echo "== arp_ignore"
for mode in 1 2 3 4 8; do try net.ipv4.conf.eth1.arp_ignore=$mode; done
try net.ipv4.conf.eth1.arp_ignore=0

echo "== arp_filter: the way to the sender is lo, not eth1"
try net.ipv4.conf.eth1.arp_filter=1
nstat -asz TcpExtArpFilter | awk 'NR > 1 { print $1, $2 }'
try net.ipv4.conf.eth1.arp_filter=0

echo "== both ways over the wire: a rule before the local table for what the host itself sends"
sysctl -w net.ipv4.conf.eth0.accept_local=1
ip rule add pref 20 lookup local
ip rule add pref 10 iif lo from 192.168.0.3 to 192.168.0.2 lookup 103
ip rule del pref 0
ip route add 192.168.0.2 dev eth1 table 103
ip rule
ip route get 192.168.0.2 from 192.168.0.3
ping -I eth0 -c 3 -i 0.2 -W 1 192.168.0.3
await reachable eth0 192.168.0.3
ip neigh show dev eth1 | sed 's/REACHABLE\|DELAY\|PROBE/STALE/'
icmp
echo "== and with arp_filter, which now finds eth1"
try net.ipv4.conf.eth1.arp_filter=1
sysctl -w net.ipv4.conf.eth1.arp_filter=0
ip rule add pref 0 lookup local
ip rule del pref 10
ip rule del pref 20
sysctl -w net.ipv4.conf.eth0.accept_local=0 net.ipv4.conf.eth1.accept_local=0

echo "== eth1 in a namespace of its own: two hosts"
ip netns add other
ip link set eth1 netns other
ip -n other addr add 192.168.0.3/24 dev eth1
ip -n other link set eth1 up
ping -I eth0 -c 3 -i 0.2 -W 1 192.168.0.3
await reachable eth0 192.168.0.3
ip -n other neigh | sed 's/REACHABLE\|DELAY\|PROBE/STALE/'
