# encap ip: routes and nexthop objects that say how their packets go into a tunnel; shown, found, shared, deleted, refused, told of.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip monitor route nexthop >said 2>&1 & until ss -f netlink 2>/dev/null | grep -q "ip/$!"; do sleep 0.1; done 2>/dev/null
t() { echo "# $*"; ip route add 10.9.0.0/16 "$@"; ip route show 10.9.0.0/16; case "$*" in *nexthop*) ;; *) ip -d route get 10.9.0.1 ;; esac; ip route flush 10.9.0.0/16; }
t dev d0 encap ip id 5 dst 10.0.1.9
t via 10.0.0.2 encap ip id 5 dst 10.0.1.9 src 10.0.0.1 ttl 9 tos 8
t dev d0 encap ip id 18446744073709551615 dst 10.0.1.9 key csum seq
t dev d0 encap ip dst 10.0.1.9 tos inherit
t dev d0 encap ip dst 10.0.1.9 tos 1 ttl 255
t dev d0 encap ip id 5
t dev d0 encap ip
t dev d0 encap ip id x
t dev d0 encap ip dst fe80::1
t dev d0 encap ip6 id 5 dst 2001:db8::1 src 2001:db8::2 hoplimit 7 tc 3 key
t dev d0 encap mpls 100
t dev d0 encap nosuch
t blackhole encap ip dst 10.0.1.9
t nexthop via 10.0.0.2 encap ip id 5 dst 10.0.1.9 nexthop via 10.0.1.2 encap ip id 6 dst 10.0.1.9
t nexthop via 10.0.0.2 encap ip id 5 dst 10.0.1.9 nexthop via 10.0.1.2 weight 3
t encap ip id 5 dst 10.0.1.9 via 10.0.0.2 dev d0 metric 5 mtu 1400 src 10.0.1.1 table 77
ip -j -p route show table 77; ip route flush table 77
echo "# which one goes"
ip route add 10.9.0.0/16 dev d0 encap ip id 5 dst 10.0.1.9; ip route add 10.9.0.0/16 dev d0 encap ip id 6 dst 10.0.1.9; ip route append 10.9.0.0/16 dev d0 encap ip id 6 dst 10.0.1.9; ip route append 10.9.0.0/16 dev d0 encap ip id 6 dst 10.0.1.9; ip route append 10.9.0.0/16 dev d0
ip route show 10.9.0.0/16; ip route del 10.9.0.0/16 dev d0 encap ip id 7 dst 10.0.1.9; ip route del 10.9.0.0/16 dev d0 encap ip id 6 dst 10.0.1.9; ip route show 10.9.0.0/16; ip route del 10.9.0.0/16 dev d0; ip route del 10.9.0.0/16; ip route show 10.9.0.0/16
ip route replace 10.9.0.0/16 dev d0 encap ip id 5 dst 10.0.1.9; ip route replace 10.9.0.0/16 dev d0 encap ip id 9 dst 10.0.1.9; ip route change 10.9.0.0/16 dev d1; ip route show 10.9.0.0/16
echo "# kept and put back"
ip route replace 10.9.0.0/16 via 10.0.1.2 encap ip id 5 dst 10.0.1.9 key; ip route save >f; ip route flush 10.9.0.0/16; ip route restore <f 2>&1 | sort -u; ip route show 10.9.0.0/16; ip route flush 10.9.0.0/16
echo "# objects"
n() { echo "# nexthop $*"; ip nexthop add id 5 "$@" && { ip -d nexthop show id 5; ip -j nexthop show id 5; ip route add 10.9.0.0/16 nhid 5; ip route show 10.9.0.0/16; case "$*" in *group*) ;; *) ip route get 10.9.0.1 ;; esac; ip nexthop del id 5; }; }
n dev d0 encap ip id 5 dst 10.0.1.9; n via 10.0.0.3 dev d0 encap ip id 5 dst 10.0.1.9 ttl 4; n dev d0 encap ip6 id 5 dst 2001:db8::1; n blackhole encap ip id 5 dst 10.0.1.9; n via 10.0.0.3 fdb encap ip id 5 dst 10.0.1.9; n dev d0 encap mpls 5
ip nexthop add id 1 dev d0 encap ip id 5 dst 10.0.1.9; ip nexthop add id 2 via 10.0.1.3 dev d1; n group 1/2; ip nexthop replace id 1 dev d0 encap ip id 7 dst 10.0.1.9; ip nexthop replace id 2 via 10.0.1.3 dev d1 encap ip id 8 dst 1.2.3.4; ip nexthop; ip nexthop flush
sleep 0.3; kill %1; wait; sed 's/^Deleted *$/Deleted/' said
