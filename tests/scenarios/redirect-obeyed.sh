# A redirect is obeyed once the new gateway's address is known, shown in the cache, and forgotten on demand.
exec 2>&1
# h, r1 and r2 on one LAN (a bridge in sw); d behind r2
for n in sw h r1 r2 d; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in h r1 r2; do
  ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw address 02:00:00:00:01:0$i
  ip -n sw link set p$i master br0 up; ip -n $n addr add 10.0.0.$i/24 dev eth0; ip -n $n link set eth0 up; i=$((i+1))
done
ip link add eth1 netns r2 address 02:00:00:00:02:03 type veth peer name eth0 netns d address 02:00:00:00:02:04
ip -n r2 addr add 10.2.0.3/24 dev eth1; ip -n d addr add 10.2.0.4/24 dev eth0; ip -n r2 link set eth1 up; ip -n d link set eth0 up
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
ip -n h route add default via 10.0.0.2; ip -n r1 route add 10.2.0.0/24 via 10.0.0.3; ip -n d route add default via 10.2.0.3
until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = 3 ]; do sleep 0.05; done
H() { ip netns exec h "$@"; }
norm() { sed 's/expires [0-9]*sec/expires Nsec/'; }
ping() { sleep 0.4; H ping -c1 -W1 10.2.0.4 | grep -E 'Redirect|received' | sed 's/, time.*//'; }
show() { echo "# $*"; ip -n h route get 10.2.0.4 | norm; ip -n h route show cache | norm; }
known() { until ip -n h neigh show 10.0.0.3 | grep -q lladdr; do sleep 0.05; done; }
ping; show "the gateway is asked for"
known; ping; show "obeyed"
ping; show "no more redirects"
ip -n h route get 10.2.0.5; ip -n h route show cache 10.2.0.5
ip -n h route add 10.3.0.0/24 via 10.0.0.3; show "another route"
ip -n h route flush cache; show "flushed"
ping; show "obeyed again"
ip -n h route show cache table 77
ip -n h route del default; ip -n h route show cache; echo "# gone with its route"
for n in h r1; do ip netns exec $n nstat -az | awk '/^(IpForw|Icmp[A-Z])/ && !/Icmp6/ && $2 > 0 {print $1, $2}'; done
