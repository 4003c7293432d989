# gre ... external: each packet's route says where it goes and with what key; what comes out knows its key.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add b; N=""; B="-n b"
ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 netns b address 02:00:00:00:00:02; ip link set lo up; ip -n b link set lo up; ip link set a0 up; ip -n b link set a1 up; ip addr add 10.0.0.1/24 dev a0; ip -n b addr add 10.0.0.2/24 dev a1
ping -c1 -W1 10.0.0.2 >/dev/null
for n in "" "-n b"; do ip $n link add g0 type gre external; ip $n link set g0 up; done
for n in "" "ip netns exec b"; do $n sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.g0.rp_filter=0; done
ip addr add 192.168.9.1/32 dev lo; ip -n b addr add 192.168.1.5/24 dev g0; ip -n b route add 192.168.9.0/24 encap ip id 9 dst 10.0.0.1 key dev g0
tcpdump --immediate-mode -Uni a0 -w a0.pcap "ip proto 47 or icmp" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
r() { echo "# $*"; ip route replace 192.168.1.0/24 "$@"; ping -c1 -W0.3 -Q 4 -t 33 -I 192.168.9.1 192.168.1.5 | sed -n '2s/time.*//p;/errors/p'; ip route del 192.168.1.0/24; }
r encap ip id 5 dst 10.0.0.2 dev g0
r encap ip id 5 dst 10.0.0.2 key dev g0
r encap ip id 5 dst 10.0.0.2 key csum dev g0
r encap ip id 5 dst 10.0.0.2 seq ttl 7 tos 8 dev g0
r encap ip id 5 dst 10.0.0.2 key csum seq tos 9 dev g0
r encap ip id 5 dst 10.0.0.2 tos inherit dev g0
r encap ip id 0xabcdef0123456789 key dst 10.0.0.2 src 10.0.0.1 dev g0
r encap ip id 5 dst 10.0.0.2 src 10.7.7.7 dev g0
r encap ip id 5 dst 10.9.9.9 dev g0
r encap ip6 id 5 dst 2001:db8::1 dev g0
r dev g0
r via 192.168.9.7 dev g0 onlink encap ip id 5 dst 10.0.0.2 key
r encap ip id 5 dst 10.0.0.2 dev a0
ip nexthop add id 1 encap ip id 6 dst 10.0.0.2 key dev g0
r nhid 1
{ sleep 0.3; kill %1; wait; } 2>/dev/null
ip -s link show g0; ip -n b -s link show g0
