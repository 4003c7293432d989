# ip neigh flush: which states go by default, by device, by state, by prefix, proxies.
exec 2>&1
PS4="# "
for d in d0 d1; do
  ip link add $d address 02:00:00:00:00:$d type dummy
  ip link set $d up
done
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.1.0.1/24 dev d1
fill() {
  for d in 0 1; do
    ip neigh replace 10.$d.0.10 lladdr 02:00:00:00:00:10 nud permanent dev d$d
    ip neigh replace 10.$d.0.11 lladdr 02:00:00:00:00:11 nud noarp dev d$d
    ip neigh replace 10.$d.0.12 lladdr 02:00:00:00:00:12 nud reachable dev d$d
    ip neigh replace 10.$d.0.13 lladdr 02:00:00:00:00:13 nud stale dev d$d
    ip neigh replace 10.$d.0.14 nud failed dev d$d
    ip neigh replace 10.$d.0.15 lladdr 02:00:00:00:00:15 nud stale extern_learn dev d$d
    ip neigh replace proxy 10.$d.0.99 dev d$d
  done
}
show() { ip neigh show nud all | sort; ip neigh show proxy | sort; }
fill
show
set -x
ip -s neigh flush dev d0
show
fill
ip neigh flush all
show
fill
ip neigh flush dev d1 nud permanent
show
ip neigh flush nud all dev d1
show
fill
ip neigh flush to 10.0.0.12/31
show
ip neigh flush proxy
ip neigh flush
ip neigh flush dev nosuch
ip link set d0 down
show
