# Next hops of every kind and every word about them in ip route add: by type of route, VRF, table, nexthop object, metrics.
exec 2>&1
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 brd + dev d$i; done
ip link add v0 type vrf table 10; ip link set v0 up; ip link set d2 master v0
ip nexthop add id 1 via 10.0.0.2 dev d0; ip nexthop add id 2 via 10.0.1.2 dev d1; ip nexthop add id 3 dev d0; ip nexthop add id 4 blackhole; ip nexthop add id 10 group 1,3/2; ip nexthop add id 11 group 1/2 type resilient buckets 4
t() { echo "# $*"; printf '%s\n' "route add 10.9.0.0/16 $*" "route show root 10.9.0.0/16 table all" "route flush root 10.9.0.0/16 table all" | ip -d -force -batch - 2>&1 | grep -v '^Command failed'; }
for ty in unicast local broadcast multicast anycast throw unreachable prohibit blackhole nat; do for w in "dev d0" "via 10.0.0.2" "nhid 1" "nhid 10" ""; do echo "# $ty $w"; printf '%s\n' "route add $ty 10.9.0.0/16 $w" "route show root 10.9.0.0/16 table all" "route flush root 10.9.0.0/16 table all" | ip -d -force -batch - 2>&1 | grep -v '^Command failed'; done; done
t via inet 10.0.0.2
t via inet6 fe80::1 dev d0
t via link 02:00:00:00:00:05 dev d0
t via mpls 100 dev d0
t vrf v0 via 10.0.2.2
t dev v0
t table v0 via 10.0.2.2
t vrf v0 nexthop via 10.0.2.2 nexthop via 10.0.2.3
t nexthop via 10.0.0.2 nexthop via 10.0.2.3 dev d2
t nexthop via 10.0.0.2 nexthop via 10.0.1.2
t nexthop via 10.0.0.2 realm 5 nexthop via 10.0.1.2 realm 6
t nexthop dev d0 weight 3 onlink nexthop dev d1 weight 256
t nexthop via 9.9.9.9 dev d0 onlink nexthop via 9.9.9.8 dev d1 onlink
t via 10.0.0.2 pervasive
t via 10.0.0.2 offload
t via 10.0.0.2 linkdown
t nhid 1 via 10.0.0.2
t nhid 1 dev d0
t nhid 10 dev d0
t nhid 11 metric 6
t nhid 4
t nhid 1 src 10.0.1.1
t nhid 1 realm 9
t nhid 1 mtu 1400
t nhid 1 scope link
t nhid 1 scope host
t nhid 3 scope link
t nhid 3
t nhid 10 scope link
t nhid 3 table 77
t nhid 1 proto 99
t nhid 1 tos 16
t nhid 1 onlink
t dev d0 features ecn
t dev d0 features tcp_usec_ts
t dev d0 mtu lock 1400 advmss lock 1300 window lock 5 rtt 4ms rttvar 5s ssthresh 9 cwnd lock 7 initcwnd 9 initrwnd 10 reordering 5 hoplimit 9 rto_min 40ms quickack 1 congctl reno fastopen_no_cookie 1
t dev d0 congctl lock reno
t dev d0 congctl dctcp
t dev d0 cc cubic
t dev d0 mtu 70000
t dev d0 mtu 10
t dev d0 advmss 70000
t dev d0 rtt 1000s
t dev d0 src 10.0.1.1
t dev d0 src 10.0.2.1
t dev d2 src 10.0.2.1
t dev d2 src 10.0.0.1
t dev d2 table 10
t via 10.0.2.2
t via 10.0.2.2 dev d2
t via 10.0.2.2 table 10
t via 10.0.0.2 table 10
t via 10.0.0.2 dev d0 table 10
t dev lo
t dev lo scope host
t via 127.0.0.1
t via 10.0.0.1
t via 10.0.0.255
t via 10.0.0.0
t via 224.0.0.5 dev d0 onlink
t via 10.0.0.1 dev d0 onlink
t via 0.0.0.0 dev d0
t scope 100 dev d0
t scope 253 via 10.0.0.2
t scope nowhere dev d0
t tos 0xff dev d0
t ttl-propagate enabled dev d0
t expires 30 dev d0
t pref low dev d0
