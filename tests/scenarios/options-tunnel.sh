# Options of IPv4 and tunnels: those inside are filled in by routers at both ends, none get outside; errors about such packets.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for n in h a b d; do ip netns add $n; ip -n $n link set lo up; done
l() { ip link add $2 netns $1 type veth peer name $4 netns $3; ip -n $1 link set $2 up; ip -n $3 link set $4 up; }
l h e0 a e0; l a e1 b e1; l b e0 d e0
ip -n h addr add 10.1.0.1/24 dev e0; ip -n a addr add 10.1.0.2/24 dev e0; ip -n a addr add 10.0.0.1/24 dev e1; ip -n b addr add 10.0.0.2/24 dev e1; ip -n b addr add 10.2.0.2/24 dev e0; ip -n d addr add 10.2.0.1/24 dev e0
ip -n h route add default via 10.1.0.2; ip -n d route add default via 10.2.0.2
for n in a b; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.default.accept_source_route=1 net.ipv4.icmp_ratelimit=0; done
for n in h d; do ip netns exec $n sysctl -qw net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.e0.accept_source_route=1; done
t() { echo "== $*"; ip -n a link add t0 type $1 local 10.0.0.1 remote 10.0.0.2 "${@:2}"; ip -n b link add t0 type $1 local 10.0.0.2 remote 10.0.0.1 "${@:2}"; i=1; for n in a b; do ip -n $n link set t0 up; ip -n $n addr add 192.168.7.$i/24 dev t0; ip netns exec $n sysctl -qw net.ipv4.conf.t0.accept_source_route=1; i=2; done; ip -n a route add 10.2.0.0/24 via 192.168.7.2; ip -n b route add 10.1.0.0/24 via 192.168.7.1
  ip netns exec a tcpdump --immediate-mode -Uni e1 -w $1.pcap "proto 4 or proto 47" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
  ip netns exec h ping -n -c1 -W1 10.2.0.1 >/dev/null
  p -R 10.2.0.1; p -T tsandaddr 10.2.0.1; p -R -t 1 10.2.0.1; p -R -t 2 10.2.0.1; p -R -s 1440 -M do 10.2.0.1; p -R -s 1440 -M dont 10.2.0.1
  { sleep 0.3; kill $!; wait; } 2>/dev/null; rm e; ip -n a -s link show t0 | tail -1; ip -n a link del t0; ip -n b link del t0; ip -n h route flush cache; }
p() { echo "# $*"; ip netns exec h ping -n -c1 -W1 "$@" | sed -n '/bytes from/,/^$/p;/^From/p;/error/p' | sed 's/time.*//;s/[0-9]* absolute\( not-standard\)\?/N absolute/;s/^\t-\?[0-9]* *$/\tN/;/^rtt/d;/^---/d;/^$/d;s/\t-\?[0-9][0-9]*$/\tN/'; }
t ipip
t gre key 5
rm -f *.pcap
