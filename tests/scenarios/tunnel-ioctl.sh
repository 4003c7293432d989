# ip tunnel: the older way to make, change and show tunnels, and the fallback devices that come with it.
# oracle: -i
exec 2>&1
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=1
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
ip link set eth1 up; ip link set eth0 up; ip addr add 10.0.0.1/24 dev eth0
set -x
ip tunnel show
ip link show
ip tunnel add t0 mode ipip remote 10.0.0.2 local 10.0.0.1 ttl 64
ip link show
ip -d link show t0 | sed "s,numrxqueues 1 ,,"
ip tunnel show
ip -s tunnel show
ip tunnel add t1 mode ipip remote 10.0.0.2 local 10.0.0.1
ip tunnel add t0 mode ipip remote 10.0.0.3 local 10.0.0.1
ip tunnel add t5 mode gre remote 10.0.0.4 ikey 7 okey 8 icsum ocsum iseq oseq tos 1 ttl inherit
ip tunnel add t5 mode gre remote 10.0.0.4 ikey 7 okey 8 icsum ocsum iseq oseq tos 1 nopmtudisc
ip tunnel add t6 mode gre
ip tunnel add t7 mode ipip
ip tunnel add t8 mode ipip remote 10.0.0.8 ttl 64 nopmtudisc
ip tunnel add mode ipip remote 10.0.0.88
ip tunnel add mode gre remote 10.0.0.88
ip tunnel add t9 mode gre remote 10.0.0.88 key 1.2.3.4 csum
ip tunnel show
ip -d link show | sed "s,numrxqueues 1 ,,;s,ether [0-9a-f:]*,ether MAC,"
ip tunnel change t0 remote 10.0.0.9 ttl inherit
ip tunnel show t0
ip tunnel change t0 remote 10.0.0.9 ttl 5 tos 4 dev eth0
ip tunnel show t0; ip -d link show t0 | sed "s,numrxqueues 1 ,,"
ip tunnel change t0 mode gre remote 10.0.0.7
ip tunnel change t9 remote 10.0.0.4 key 7
ip tunnel show t9
ip tunnel change nosuch remote 10.0.0.4
ip tunnel change tunl0 ttl 5; ip tunnel change tunl0 remote 10.0.0.1; ip tunnel show tunl0
ip link set t0 type ipip remote 10.0.0.8 tos 4 ttl 3
ip tunnel show t0
ip tunnel del t0; ip tunnel del t0; ip tunnel del tunl0; ip tunnel del gre0; ip link del tunl0; ip link del gre0; ip link del gretap0
ip tunnel show remote 10.0.0.4; ip tunnel show mode gre
ip tunnel prl dev t9
ip link set tunl0 up; ip link set gre0 up;ip link set gretap0 up;ip link set erspan0 up; ip -br link
ip netns add x; ip -n x link; ip link set tunl0 netns x; ip link set t9 netns x; ip -n x link; ip -n x tunnel show
ip link set t8 name t88; ip tunnel show t88
ip tunnel del t9; ip tunnel del t5
sysctl -qw net.core.fb_tunnels_only_for_init_net=0; ip netns add y; ip -n y -br link
