# Which requests a host answers: arp_ignore and arp_filter. h asks; the host under test has addresses of all
# scopes on the port in h's network, one on another port, and one on lo.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/arp_ports.sh"

asked() {  # SOURCE TARGET: what h finds out about TARGET when it asks from SOURCE
  ip -n h neigh flush all
  ip neigh flush all
  ip netns exec h ping -q -c 1 -W 0.2 -I "$1" "$2" >/dev/null
  for _ in $(seq 50); do
    ip -n h neigh show "$2" nud reachable nud failed | grep -q . && break
    sleep 0.05
  done
  echo "$1 asks for $2: $(ip -n h neigh show "$2" nud all)"
}
echo "== arp_ignore"
for mode in 0 1 2 3 4 5 6 7 8; do
  sysctl -w net.ipv4.conf.p0.arp_ignore=$mode
  case $mode in [4-7]) asked 10.0.0.2 10.3.0.1; continue ;; esac
  for target in 10.0.0.1 10.0.0.9 10.0.0.8 10.1.0.1 10.3.0.1 127.0.0.1; do asked 10.0.0.2 $target; done
  asked 10.9.0.2 10.0.0.1
done
sysctl -w net.ipv4.conf.p0.arp_ignore=0
echo "== the greater of all's and the device's"
sysctl -w net.ipv4.conf.all.arp_ignore=1
asked 10.0.0.2 10.1.0.1
sysctl -w net.ipv4.conf.p0.arp_ignore=8
asked 10.0.0.2 10.0.0.1
sysctl -w net.ipv4.conf.all.arp_ignore=8 net.ipv4.conf.p0.arp_ignore=0
asked 10.0.0.2 10.0.0.1
sysctl -w net.ipv4.conf.all.arp_ignore=0

echo "== arp_filter"
ip route add 10.0.0.2 dev p1
asked 10.0.0.2 10.0.0.1
sysctl -w net.ipv4.conf.p0.arp_filter=1
asked 10.0.0.2 10.0.0.1
asked 10.9.0.2 10.0.0.1
ip route add 10.9.0.0/24 dev p0
asked 10.9.0.2 10.0.0.1
ip route del 10.0.0.2 dev p1
asked 10.0.0.2 10.0.0.1
sysctl -w net.ipv4.conf.p0.arp_filter=0 net.ipv4.conf.all.arp_filter=1
ip route add unreachable 10.0.0.2
asked 10.0.0.2 10.0.0.1
ip route del unreachable 10.0.0.2
nstat -asz TcpExtArpFilter | awk 'NR > 1 { print $1, $2 }'
sysctl -w net.ipv4.conf.all.arp_filter=0

