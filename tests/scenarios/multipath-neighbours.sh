# Next hops whose neighbour is gone: passed over when fib_multipath_use_neigh says so, and by groups always.
exec 2>&1
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; ip nexthop add id $((i + 1)) via 10.0.$i.2 dev d$i; done
ip nexthop add id 10 group 1/2/3
ip nexthop add id 11 group 1/2/3 type resilient buckets 30
ip route add 10.9.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2 nexthop via 10.0.2.2
ip route add 10.6.0.0/16 nhid 10
ip route add 10.5.0.0/16 nhid 11
n() { ip neigh replace 10.0.$1.2 dev d$1 lladdr 02:00:00:00:00:$1$1 nud $2; }
# The ways that 60 destinations go.
ways() { for i in $(seq 60); do echo "route get 10.$1.3.$i"; done | ip -batch - | grep -o 'via [0-9.]*' | sort -u | tr '\n' ' '; echo; }
show() { echo "== $*"; for p in 9 6 5; do ways $p; done; }
show nothing known
n 1 failed; show second failed
n 1 incomplete; show second incomplete
n 1 stale; show second stale
n 0 failed; n 1 failed; show first and second failed
n 2 failed; show all failed
sysctl -w net.ipv4.fib_multipath_use_neigh=1
n 0 reachable; n 1 reachable; n 2 reachable; show all reachable
n 1 failed; show second failed
n 2 failed; show second and third failed
n 0 failed; show all failed
n 2 delay; show third delay
ip link set d2 down; show third down
