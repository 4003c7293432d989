# Who is told what when addresses and links come and go: the order of address, route, neighbour and netconf messages.
exec 2>&1
ip link set lo up
ip monitor address route link netconf rule nexthop >mon & m=$!
sleep 0.5
mark() { sleep 0.2; ip rule add prio $((++k)) lookup 9; ip rule del prio $k; sleep 0.1; }
ip link add d0 address 02:00:00:00:00:d0 type dummy; mark
ip addr add 10.0.0.1/24 brd + dev d0; mark
ip link set d0 up; mark
ip addr add 10.0.0.2/24 brd + dev d0; mark
ip addr add 10.0.0.3/25 dev d0; mark
ip route add 10.9.0.0/16 via 10.0.0.9; ip route add 10.8.0.0/16 via 10.0.0.9 src 10.0.0.2; mark
ip nexthop add id 5 via 10.0.0.8 dev d0; ip route add 10.7.0.0/16 nhid 5; mark
sysctl -qw net.ipv4.conf.d0.promote_secondaries=1 net.ipv4.conf.d0.rp_filter=1 net.ipv4.conf.d0.forwarding=1; mark
ip addr del 10.0.0.1/24 dev d0; mark
ip addr change 10.0.0.2/24 brd + dev d0 valid_lft 300 preferred_lft 200; mark
ip addr add 10.0.6.1/24 dev d0 metric 50; ip addr change 10.0.6.1/24 dev d0 metric 60; mark
ip link set d0 mtu 1400; mark
ip link set d0 name e0; mark
ip link set e0 down; mark
ip link set e0 up; mark
ip addr flush dev e0; mark
ip addr add 10.0.0.1/24 dev e0; ip link del e0; mark
kill $m; wait
sed 's/valid_lft [0-9]*sec preferred_lft [0-9]*sec/valid_lft N preferred_lft N/' mon
