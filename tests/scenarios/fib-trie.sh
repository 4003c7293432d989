# /proc/net/fib_trie and fib_triestat of the tables that hosts and routers have: as they begin, with addresses, routes,
# rules, and after some of them have gone.
exec 2>&1
ls -l /proc/net/fib_trie /proc/net/fib_triestat | sed 's/ [A-Z][a-z][a-z] .*//'
t() { echo "# $*"; "$@"; cat /proc/net/fib_trie; sed 's/^Basic.*bytes\.$/Basic/' /proc/net/fib_triestat; }
head -1 /proc/net/fib_triestat
t true
t ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
t ip addr add 192.168.1.7/24 brd + dev d0
t ip route add default via 192.168.1.1
t ip addr add 10.0.0.1/8 brd + dev d1
t ip addr add 192.168.1.8/24 dev d0
t ip route add 10.0.0.0/24 via 10.0.0.9
t ip route add 10.0.0.0/24 via 10.0.0.10 metric 5
t ip route add 10.0.0.0/24 via 10.0.0.11 tos 0x10
for k in blackhole unreachable prohibit throw; do ip route add $k 172.16.$((n += 16)).0/20; done
ip route add local 172.17.0.0/16 dev lo; ip route add broadcast 172.17.3.0 dev d0; ip route add multicast 225.0.0.0/8 dev d0; ip route add 172.18.0.0/16 dev d0 scope 77; ip route add 172.19.0.0/16 dev d0 scope site
t ip route add 172.20.0.0/16 dev d0 scope link table 100
t ip route add default via 10.0.0.9 table 4294967295
t ip rule add from 10.0.0.0/8 lookup 100
t ip link set d1 down
t ip link set d1 up
t ip addr del 192.168.1.7/24 dev d0
t ip route flush table main
