# VRFs made, refused, given ports and deleted; their tables, rule and strict mode.
exec 2>&1
PS4="# "
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
ip link set eth1 up; ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0
ip addr add 10.0.0.2/24 dev eth1
set -x
ip rule
ip link add red type vrf
ip link add red address 02:00:00:00:00:10 type vrf table 0
ip link add red address 02:00:00:00:00:10 type vrf table 10
ip rule
ip -d link show red | sed "s,numrxqueues 1 ,,"
ip link add blue address 02:00:00:00:00:11 type vrf table 10
ip link show blue
ip rule
sysctl net.vrf.strict_mode
sysctl -w net.vrf.strict_mode=1
ip link del blue
sysctl -w net.vrf.strict_mode=1
sysctl -w net.vrf.strict_mode=2
ip link add blue address 02:00:00:00:00:11 type vrf table 10
ip link add blue address 02:00:00:00:00:11 type vrf table 11
ip link set blue type vrf table 12
ip route show table all; 
ip link set eth0 master red
ip route show table all
ip route show vrf red
ip link show eth0; ip -d link show eth0 | sed "s,numrxqueues 1 ,,"
ip -br addr
ip link set red up; ip -d link show red | sed "s,numrxqueues 1 ,,"
ip route show table all
ip addr add 127.0.0.1/8 dev red
ip addr add 10.9.9.9/32 dev red
ip route show table all
ip route get 10.0.0.1
ip route get 10.0.0.1 vrf red
ip route get 10.0.0.2 vrf red
ip route get 10.0.0.9 oif red
ip route get 10.0.0.9 oif eth0
ip route get 10.0.0.1 from 10.0.0.9 iif eth0
ip route get 10.0.5.1 vrf red
ip route add vrf red unreachable default metric 4278198272
ip route add vrf red 20.0.0.0/8 via 10.0.0.7
ip route get 20.1.1.1 vrf red
ip route get 21.1.1.1 vrf red
ip route get 21.1.1.1
ip vrf show
ip neigh show vrf red
ip link show vrf red; ip addr show vrf red
ip link set blue master red
ip link set red master blue
ip link set lo master red
ip link set eth0 master blue
ip route show table all
ip link set eth0 nomaster
ip route show table all
ip link set eth0 master red; 
ip link del red
ip route show table all; ip rule
ip link show eth0
ip rule del pref 1000; ip rule; ip link add green type vrf table 99; ip rule
ip link set green mtu 1500; ip link set green mtu 70000; ip link set green address 02:00:00:00:00:77; ip link set green arp on; ip link show green
ip netns add z; ip link set green netns z
