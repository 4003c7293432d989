# What a tunnel does with packets that its path cannot take whole: DF inherited or not, ICMP to the sender, fragments outside, TTL and TOS
# inherited or fixed.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
n() { ip netns exec "$@"; }
for i in a r b; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; done
ip link add ar netns a address 02:00:00:00:01:01 type veth peer name ra netns r address 02:00:00:00:01:02
ip link add rb netns r address 02:00:00:00:02:01 type veth peer name br netns b address 02:00:00:00:02:02
ip -n a addr add 10.0.1.1/24 dev ar; ip -n r addr add 10.0.1.2/24 dev ra; ip -n r addr add 10.0.2.1/24 dev rb; ip -n b addr add 10.0.2.2/24 dev br
ip -n a link set dev ar up; ip -n r link set dev ra up; ip -n r link set dev rb mtu 1300 up; ip -n b link set dev br mtu 1300 up
ip -n a route add default via 10.0.1.2; ip -n b route add default via 10.0.2.1
for d in "a ar" "r rb" "b br"; do set -- $d; until ip -n $1 link show dev $2 | grep -q LOWER_UP; do sleep 0.05; done; done
n a ping -q -c1 -W1 10.0.2.2 | grep -o '[0-9] received'
up() { kind=$2; shift 2; ip -n a link add t0 type $kind local 10.0.1.1 remote 10.0.2.2 "$@"; ip -n b link add t0 type $kind local 10.0.2.2 remote 10.0.1.1
  ip -n a addr add 10.7.0.1/30 dev t0; ip -n b addr add 10.7.0.2/30 dev t0; ip -n a link set t0 up; ip -n b link set t0 up; ip -n a tunnel show t0; ip -n a link show t0 | grep -o 'mtu [0-9]*'; }
down() { ip -n a link del t0; ip -n b link del t0; ip -n a route flush cache; }
probe() { echo "# ping $*"; n a ping -n -c1 -W0.2 "$@" 10.7.0.2 | grep -v '^PING\|^rtt\|^---\|^$' | sed 's/time.*//'; }
seen=$(mktemp)
watch() { n b timeout 4 tcpdump -lnv -i br -c "$1" -U ip 2>/dev/null | sed -n 's/.*(tos \([^,]*\), ttl \([0-9]*\), id [0-9]*, offset \([0-9]*\), flags \(\[[A-Z+none]*\]\), proto \([A-Z]*\).*length \([0-9]*\)).*/tos \1 ttl \2 offset \3 \4 \5 \6/p' >"$seen" & t=$!; sleep 0.7; }
for mode in ipip gre; do
  for how in "" "nopmtudisc" "ttl 9 tos inherit"; do
    echo "== $mode $how"; up mode $mode $how
    watch 1; probe -s 100 -Q 0x10 -t 33; wait $t; cat "$seen"
    probe -M do -s 1272; probe -M do -s 1272; probe -M want -s 1400; probe -M dont -s 1400; probe -M dont -s 3000
    n a ip route get 10.7.0.2 | sed 's/expires [0-9]*sec/expires N/'; n a ip -s link show t0 | awk '/TX:/ {getline; print "tx", $2, $3, $4}'
    down
  done
done
