# A redirect is obeyed once the new gateway's address is known, shown in the cache, and forgotten on demand.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/better_router.sh"
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
