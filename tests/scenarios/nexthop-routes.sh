# Routes by nexthop objects: made, refused, shown with and without the next hops themselves, looked up and deleted.
exec 2>&1
PS4="# "
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link set lo up
ip nexthop add id 1 via 10.0.0.2 dev d0
ip nexthop add id 2 via 10.0.1.2 dev d1
ip nexthop add id 3 dev d2
ip nexthop add id 4 blackhole
ip nexthop add id 5 via 10.0.9.2 dev d0 onlink
ip nexthop add id 7 via 10.0.2.2 fdb
ip nexthop add id 8 group 7 fdb
ip nexthop add id 10 group 1/2
ip nexthop add id 11 group 1,3/2,5
ip nexthop add id 12 group 4
ip nexthop add id 13 group 3
set -x
ip route add 10.9.0.0/24 nhid 1
ip route add 10.9.1.0/24 nhid 11
ip route add 10.9.2.0/24 nhid 4
ip route add 10.9.3.0/24 nhid 7
ip route add 10.9.3.0/24 nhid 8
ip route add 10.9.3.0/24 nhid 77
ip route add 10.9.3.0/24 nhid 1 dev d0
ip route add 10.9.3.0/24 nhid 1 via 10.0.0.2
ip route add 10.9.3.0/24 nhid 12
ip route add 10.9.3.0/24 nhid 12
ip route add 10.9.4.0/24 nhid 10 metric 5
ip route add 10.9.5.0/24 nhid 3 scope link
ip route add 10.9.6.0/24 nhid 1 scope link
ip route add 10.9.6.0/24 nhid 11 scope host
ip route add 10.9.6.0/24 nhid 5 scope link
ip route add 10.9.6.0/24 nhid 1 scope host metric 7
ip route add 10.9.7.0/24 nhid 5
ip route add 10.9.8.0/24 nhid 1 src 10.0.2.1
ip route add 10.9.8.0/24 nhid 1 src 10.0.2.9 metric 3
ip route add 10.9.9.0/24 nhid 1 mtu 1400
ip route add 10.9.10.0/24 nhid 13
ip route add unreachable 10.9.11.0/24 nhid 1
ip route add unreachable 10.9.12.0/24 nhid 4
ip route add blackhole 10.9.13.0/24 nhid 10
ip route add throw 10.9.14.0/24 nhid 1
ip route add broadcast 10.9.15.0/24 nhid 1
ip route add local 10.9.16.1 nhid 1 table 7
ip route add local 10.9.16.1 nhid 3 table 7
ip route add 10.9.17.0/24 nhid 10 tos 8
ip route add default nhid 2 table 9
ip route
ip -d route
ip route show table 7
ip route show table 9
ip route show table local 10.9.15.0/24
ip -j -p route show 10.9.1.0/24
ip route show dev d1
ip route show proto boot 10.9.0.0/24
for i in $(seq 0 17); do ip route get fibmatch 10.9.$i.1; done
for i in 0 2 3 5 7 8 9 10 11 12 13 14; do ip route get 10.9.$i.1; done
cat /proc/net/route
sysctl -w net.ipv4.nexthop_compat_mode=0
ip route
ip route get fibmatch 10.9.1.1
sysctl -w net.ipv4.nexthop_compat_mode=1
ip route del 10.9.0.0/24 nhid 2
ip route del 10.9.0.0/24 nhid 222
ip route del 10.9.0.0/24 via 10.0.0.2
ip route del 10.9.0.0/24 dev d0
ip route del 10.9.0.0/24 metric 5
ip route del 10.9.0.0/24 nhid 1
ip route del 10.9.1.0/24
ip route replace 10.9.4.0/24 via 10.0.3.9 metric 5
ip route replace 10.9.5.0/24 nhid 2
ip route
ip nexthop del id 1
ip route
ip nexthop del id 2
ip nexthop
ip route
ip nexthop flush
ip route
