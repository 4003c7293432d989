# Tunnels by rtnetlink: made, shown, refused, external, in every kind.
exec 2>&1
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
ip link set eth1 up; ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0
set -x
ip tunnel show
ip link show
ip -d link show t0 | sed "s,numrxqueues 1 ,,"
ip tunnel show
ip link add t2 type ipip remote 10.0.0.3 local 10.0.0.1 
ip -d link show t2 | sed "s,numrxqueues 1 ,,"
ip link add t3 type ipip remote 10.0.0.3 local 10.0.0.1 
ip link add t3 type gre remote 10.0.0.3 local 10.0.0.1 key 5 csum seq ttl 9 tos inherit
ip -d link show t3 | sed "s,numrxqueues 1 ,,"
ip link add t4 type gretap remote 10.0.0.3 local 10.0.0.1 key 5
ip -d link show t4 | sed "s,numrxqueues 1 ,,;s,ether [0-9a-f:]*,ether MAC,"
ip tunnel show
ip -d link show | sed "s,numrxqueues 1 ,,;s,ether [0-9a-f:]*,ether MAC,"
ip tunnel show
ip link add g0 type gre local 10.0.0.1
ip -d link show g0 | sed "s,numrxqueues 1 ,,"
ip link add g1 type gre remote 224.1.1.1
ip -d link show g1 | sed "s,numrxqueues 1 ,,"
ip link add g2 type gre remote 224.1.1.1 local 10.0.0.1 dev eth0
ip -d link show g2 | sed "s,numrxqueues 1 ,,"
ip link add e0 type ipip external
ip -d link show e0 | sed "s,numrxqueues 1 ,,"
ip link add e1 type gre external
ip -d link show e1 | sed "s,numrxqueues 1 ,,"
ip link add e2 type gretap external
ip -d link show e2 | sed "s,numrxqueues 1 ,,;s,ether [0-9a-f:]*,ether MAC,"
ip tunnel show
ip link add x type ipip remote 10.0.0.3 local 10.0.0.1 mode any
ip link add xx type ipip remote 10.0.0.3 local 10.0.0.1 encap fou encap-sport auto encap-dport 5555
cat /proc/net/dev
ip link show type ipip; ip link show type gre
ip link set t2 mtu 65516; ip link set t2 mtu 67; ip link set t2 mtu 1300; ip link show t2
ip link set t2 type ipip remote 10.0.0.5 local 10.0.0.1 ttl 7; ip tunnel show t2
ip link set t2 type ipip local 10.0.0.1; ip tunnel show t2
ip link set g0 type gre local 10.0.0.1 key 9 csum; ip tunnel show g0; ip link show g0
ip link set e0 type ipip remote 10.0.0.77 local 10.0.0.1
ip link add tx mtu 1000 type ipip remote 10.0.0.78; ip link show tx; ip link add ty mtu 70000 type ipip remote 10.0.0.79; ip link show ty
ip link add tz type gretap local 10.0.0.1; ip link add tz type gretap remote 0.0.0.0
ip link set g0 up; ip link set g2 up; ip maddr show dev eth0; ip link set g2 down; ip maddr show dev eth0
ip link set t2 address 10.0.0.9
