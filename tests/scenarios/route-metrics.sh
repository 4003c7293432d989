# Metrics of a route: what is taken, how it is shown, what is refused.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
set -x
ip route add 10.1.0.0/16 via 10.0.0.9 mtu 1400
ip route add 10.2.0.0/16 via 10.0.0.9 mtu lock 1300
ip route add 10.3.0.0/16 via 10.0.0.9 advmss 1200 window 5000 rtt 30ms rttvar 10ms ssthresh 7 cwnd 3 reordering 5 hoplimit 9 initcwnd 12 initrwnd 14 features ecn quickack 1 rto_min 20ms
ip route add 10.4.0.0/16 via 10.0.0.9 congctl reno
ip route add 10.5.0.0/16 via 10.0.0.9 congctl nosuchalgorithm
ip route add 10.6.0.0/16 via 10.0.0.9 mtu 70000
ip route add 10.7.0.0/16 via 10.0.0.9 hoplimit 300
ip route add 10.8.0.0/16 via 10.0.0.9 advmss 70000
ip route add 10.9.0.0/16 via 10.0.0.9 mtu 10
ip route
ip -d route show 10.3.0.0/16
ip route get 10.1.0.1; ip route get 10.2.0.1; ip route get 10.3.0.1; ip route get 10.6.0.1
ip route change 10.1.0.0/16 via 10.0.0.9 mtu 1200; ip route get 10.1.0.1
ip route get 10.1.0.1 fibmatch
ip -j -p route show 10.3.0.0/16
ip -o route show 10.2.0.0/16
ip route del 10.2.0.0/16 mtu 1200
ip route del 10.2.0.0/16 mtu lock 1300
ip route
