# Several default routes of one metric: which is taken follows what ARP knows of their gateways, and doubtful ones take
# turns.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
n() { ip neigh replace 10.0.$1.2 dev d$1 lladdr 02:00:00:00:00:$1$1 nud $2; }
get() { for i in 1 2 3 4; do ip route get 1.1.1.$i | grep -o 'via [0-9.]*'; done; }
set -x
ip route add default via 10.0.0.2
get
ip route append default via 10.0.1.2
ip route append default via 10.0.2.2
ip route
get
n 0 permanent; get
n 0 failed; get
n 0 stale; get
n 0 incomplete; get
n 1 stale; get
n 2 reachable; get
n 1 failed; get
n 2 failed; get
n 0 stale; get
n 0 reachable; get
n 0 failed; n 1 reachable
sysctl -w net.ipv4.ip_forward=1
ip route get 1.1.1.1 from 10.0.5.5 iif d1
ip route get 1.1.1.1 oif d0
ip route get 1.1.1.1
ip route get fibmatch 1.1.1.1
ip route add default via 10.0.0.9 metric 5
ip route append default via 10.0.1.2 metric 5
ip route del default metric 0
ip route add default via 10.0.2.9 tos 8
get
ip route get 1.1.1.1 tos 8
ip link set d1 down
get
