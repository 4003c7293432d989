# Standing in for others: proxy_arp, proxy_arp_pvlan, proxy neighbours, medium_id, proxy_delay. The router r (this
# namespace) lies between a and b; a takes all of 10.0.0.0/16 for its own network.
exec 2>&1
ip link set lo up
ip netns add a
ip netns add b
ip link add ra address 02:00:00:00:00:10 type veth peer name eth0 address 02:00:00:00:00:0a netns a
ip link add rb address 02:00:00:00:00:20 type veth peer name eth0 address 02:00:00:00:00:0b netns b
ip addr add 10.0.1.1/24 dev ra
ip addr add 10.0.2.1/24 dev rb
ip -n a addr add 10.0.1.2/16 dev eth0
ip -n b addr add 10.0.2.2/24 dev eth0
ip -n b route add default via 10.0.2.1 2>/dev/null
for dev in ra rb; do ip link set $dev up; done
for ns in a b; do ip -n $ns link set eth0 up; ip netns exec $ns sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=100; done
ip -n b route replace default via 10.0.2.1
sysctl -qw net.ipv4.neigh.ra.proxy_delay=0 net.ipv4.neigh.rb.proxy_delay=0

try() {  # TARGET: what a finds out about TARGET, and whether it's reached
  ip -n a neigh flush all
  ip neigh flush all
  ip netns exec a ping -q -c 1 -W 1 "$1" | grep packets | sed 's/, time.*//'
  for _ in $(seq 50); do
    ip -n a neigh show "$1" nud reachable nud failed | grep -q . && break
    sleep 0.05
  done
  ip -n a neigh show "$1" nud all
}
set_to() { sysctl -w "$@"; }

echo "== proxy_arp needs forwarding"
try 10.0.2.2
set_to net.ipv4.conf.ra.proxy_arp=1
try 10.0.2.2
set_to net.ipv4.ip_forward=1
try 10.0.2.2
echo "what the router has learnt:"
ip neigh show dev ra | sed 's/REACHABLE\|DELAY\|PROBE/STALE/'
echo "not for what is on the same side, nor for what has no route"
try 10.0.1.77
try 10.0.3.1
ip route add 10.0.3.0/24 via 10.0.2.2
try 10.0.3.1
ip route add unreachable 10.0.4.0/24
ip route add blackhole 10.0.5.0/24
try 10.0.4.1
try 10.0.5.1
echo "== forwarding is the port's own"
set_to net.ipv4.conf.ra.forwarding=0
try 10.0.2.2
set_to net.ipv4.conf.ra.forwarding=1 net.ipv4.conf.rb.forwarding=0
try 10.0.3.1
set_to net.ipv4.conf.rb.forwarding=1
echo "== all's or the device's"
set_to net.ipv4.conf.ra.proxy_arp=0
try 10.0.2.2
set_to net.ipv4.conf.all.proxy_arp=1
try 10.0.2.2

echo "== medium_id"
for ids in "0 0" "0 1" "-1 0" "1 0" "1 1" "1 2" "1 -1" "2 -1" "-1 -1"; do
  set -- $ids
  set_to net.ipv4.conf.ra.medium_id=$1 net.ipv4.conf.rb.medium_id=$2
  try 10.0.3.1
done
set_to net.ipv4.conf.ra.medium_id=0 net.ipv4.conf.rb.medium_id=0 net.ipv4.conf.all.proxy_arp=0

echo "== proxy neighbours"
ip neigh add proxy 10.0.2.2 dev ra
ip neigh show proxy
cat /proc/net/arp | sort
try 10.0.2.2
try 10.0.2.3
ip neigh del proxy 10.0.2.2 dev ra
ip neigh del proxy 10.0.2.2 dev ra
ip neigh add proxy 10.0.2.2 dev rb
try 10.0.2.2
ip neigh del proxy 10.0.2.2 dev rb
echo "not for what is on the same side, without a route, or ours"
ip neigh add proxy 10.0.1.77 dev ra
ip neigh add proxy 10.0.9.9 dev ra
try 10.0.1.77
try 10.0.9.9
ip neigh show proxy | sort
set_to net.ipv4.ip_forward=0
ip neigh add proxy 10.0.2.2 dev ra
try 10.0.2.2
set_to net.ipv4.ip_forward=1
try 10.0.2.2
ip link set ra down
ip neigh show proxy
ip link set ra up
ip route add 10.0.3.0/24 via 10.0.2.2 2>/dev/null

echo "== proxy_arp_pvlan: for what is on the same side"
set_to net.ipv4.conf.ra.proxy_arp_pvlan=1
try 10.0.1.77
try 10.0.2.2
set_to net.ipv4.conf.ra.proxy_arp_pvlan=0 net.ipv4.conf.all.proxy_arp_pvlan=1
try 10.0.1.77
set_to net.ipv4.conf.all.proxy_arp_pvlan=0

echo "== proxy_delay: broadcast requests wait, those to the router itself don't"
set_to net.ipv4.conf.ra.proxy_arp=1
sysctl -w net.ipv4.neigh.ra.proxy_delay=20
try 10.0.2.2
echo "nothing waits where there is no room; there always is for one"
sysctl -w net.ipv4.neigh.ra.proxy_qlen=0
try 10.0.2.2
ip -n a neigh replace 10.0.2.2 lladdr 02:00:00:00:00:10 nud probe dev eth0
for _ in $(seq 50); do ip -n a neigh show 10.0.2.2 nud reachable | grep -q . && break; sleep 0.02; done
ip -n a neigh show 10.0.2.2
