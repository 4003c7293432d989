# ip rule ... tun_id: what came out of an external tunnel goes by its key; what came otherwise has none.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for n in b c d; do ip netns add $n; ip -n $n link set lo up; done
ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 netns b address 02:00:00:00:00:02; ip link set lo up; ip link set a0 up; ip -n b link set a1 up; ip addr add 10.0.0.1/24 dev a0; ip -n b addr add 10.0.0.2/24 dev a1
# Two customers behind b, with the same addresses.
i=3; for c in c d; do ip link add e$c netns b type veth peer name eth0 netns $c; ip -n b link set e$c up; ip -n $c link set eth0 up; ip -n $c addr add 192.168.5.1/24 dev eth0; ip -n b addr add 192.168.$i.254/32 dev e$c; ip -n $c route add 192.168.$i.254 dev eth0; ip -n $c route add default via 192.168.$i.254; ip -n b route add 192.168.5.0/24 dev e$c table 7$i; ip -n b neigh add 192.168.5.1 lladdr $(ip -n $c -o link show eth0 | sed 's/.*ether \([^ ]*\).*/\1/') dev e$c; i=$((i+1)); done
for n in "" "-n b"; do ip $n link add g0 type gre external; ip $n link set g0 up; done
for s in "ip netns exec b"; do $s sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.g0.rp_filter=0 net.ipv4.conf.ec.rp_filter=0 net.ipv4.conf.ed.rp_filter=0; done
sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.g0.rp_filter=0
ip addr add 192.168.9.1/32 dev lo; ip -n b route add 192.168.9.0/24 encap ip id 9 dst 10.0.0.1 key dev g0
ip -n b rule add tun_id 3 table 73 pref 3; ip -n b rule add tun_id 4 table 74 pref 4; ip -n b rule add not tun_id 5 iif g0 prohibit pref 6; ip -n b rule
for n in c d; do ip netns exec $n tcpdump --immediate-mode -lnti eth0 "icmp[0] == 8" 2>e.$n >seen.$n & done; for n in c d; do until grep -qs listening e.$n; do sleep 0.05; done; done
r() { echo "# $*"; : >seen.c; : >seen.d; ip route replace 192.168.5.0/24 "$@"; ping -c1 -W0.5 -I 192.168.9.1 192.168.5.1 | sed -n '2s/time.*//p'; grep -l . seen.c seen.d; }
r encap ip id 3 dst 10.0.0.2 key dev g0
r encap ip id 4 dst 10.0.0.2 key dev g0
r encap ip id 5 dst 10.0.0.2 key dev g0
r encap ip id 6 dst 10.0.0.2 key dev g0
: a key that is not sent
r encap ip id 3 dst 10.0.0.2 dev g0
: only its lower half is
r encap ip id 0x100000004 dst 10.0.0.2 key dev g0
: not by a tunnel
r via 10.0.0.2
kill $(jobs -p); wait
ip netns exec b ip route get 192.168.5.1 from 192.168.9.1 iif g0
