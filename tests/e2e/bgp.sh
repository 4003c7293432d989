# BGP between gobgpd, a Go program that speaks gRPC with its client too, and FRR's bgpd: connections signed by MD5, routes
# that come to the kernel's table and go, and a session that is ended by the loss of its peer.
. "$(dirname "$0")/_lib.sh"
PATH=$PATH:/usr/lib/frr
need ip ss ping bgpd zebra gobgpd gobgp

cat >gobgpd.conf <<C
[global.config]
  as = 65001
  router-id = "10.0.0.1"
  local-address-list = ["0.0.0.0"]
[[neighbors]]
  [neighbors.config]
    neighbor-address = "10.0.0.2"
    peer-as = 65002
    auth-password = "secret"
  [neighbors.timers.config]
    connect-retry = 1
    hold-time = 6
    keepalive-interval = 2
C
cat >bgpd.conf <<C
router bgp 65002
 bgp router-id 10.0.0.2
 no bgp ebgp-requires-policy
 neighbor 10.0.0.1 remote-as 65001
 neighbor 10.0.0.1 password secret
 neighbor 10.0.0.1 timers 2 6
 neighbor 10.0.0.1 timers connect 1
 address-family ipv4 unicast
  network 10.7.0.0/24
 exit-address-family
C
cat >world.sh <<'S2'
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a type veth peer name e0 netns b
ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a addr add 10.5.0.1/32 dev lo; ip -n b addr add 10.7.0.1/24 dev lo
wait_for() { local _; for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; return 1; }
: >zebra.conf; mkdir vty
for d in zebra bgpd; do
  ip netns exec b $d -f $PWD/$d.conf -i $PWD/$d.pid -z $PWD/zserv --vty_socket $PWD/vty -A 127.0.0.1 -P 0 --log file:$PWD/$d.log >$d.out 2>&1 &
  wait_for test -S vty/$d.vty
done
ip netns exec a gobgpd -f gobgpd.conf -t toml --api-hosts 127.0.0.1:50051 --pprof-disable >gobgpd.log 2>&1 & go=$!
g() { ip netns exec a timeout 20 gobgp -u 127.0.0.1 "$@"; }
established() { g neighbor | grep -q Establ; }
wait_for established && echo established
g global rib add 10.5.0.0/24
route() { ip -n b route show 10.5.0.0/24 | sed 's/nhid [0-9]* //' | xargs; }
there() { [ -n "$(route)" ]; }
gone() { [ -z "$(route)" ]; }
wait_for there; route
wait_for eval 'g global rib | grep -q 10.7.0.0/24'; g global rib | awk '$2 ~ /^10/ { print $1, $2, $3 }'
ip netns exec b ping -qc1 -I 10.7.0.1 10.0.0.1 >/dev/null; ip -n a route add 10.7.0.0/24 via 10.0.0.2
ip netns exec b ping -qc1 -I 10.7.0.1 10.5.0.1 | grep -o '[0-9] received'
ip netns exec a ss -tni state established '( sport = 179 or dport = 179 )' | grep -o 'md5keys:10.0.0.2/32=[0-9a-f]*' | cut -c1-20 | uniq
g global rib del 10.5.0.0/24; wait_for gone && echo withdrawn
for i in $(seq 50); do g global rib add 10.100.$i.0/24; done
all() { [ "$(ip -n b route show proto bgp | wc -l)" = "$1" ]; }
wait_for all 50 && echo fifty routes
kill -KILL $go; wait $go 2>/dev/null; wait_for all 0 && echo the peer is lost, and its routes
kill "$(cat bgpd.pid)" "$(cat zebra.pid)"; wait
S2
out=$(timeout 100 "$LINNET" run -- bash ./world.sh 2>&1)
same "all of it" "established
10.5.0.0/24 via 10.0.0.1 dev e0 proto bgp metric 20
*> 10.5.0.0/24 0.0.0.0
*> 10.7.0.0/24 10.0.0.2
1 received
md5keys:10.0.0.2/32=
withdrawn
fifty routes
the peer is lost, and its routes" "$out"
[ $failures = 0 ] || tail -n 5 *.out *.log
