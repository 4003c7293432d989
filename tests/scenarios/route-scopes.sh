# Scopes: of routes by type, of their next hops, of sources; each that is refused, and what narrower ones hide.
exec 2>&1
ip link set lo up; for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
ip addr add 10.0.0.1/24 dev d0; ip addr add 10.1.0.1/24 dev d1 scope link; ip addr add 10.2.0.1/24 dev d1 scope host; ip addr add 10.3.0.1/24 dev d1 scope 50
{ for t in unicast local broadcast anycast multicast blackhole unreachable prohibit throw; do for s in global site link host nowhere 1 100; do
  case $t in blackhole|unreachable|prohibit|throw) by= ;; *) by="dev d0" ;; esac
  echo "route add $t 20.0.0.0/24 $by scope $s"; echo "route show table all 20.0.0.0/24"; echo "route flush table all 20.0.0.0/24"; done; done
for s in global site link host 100 252; do for gw in 10.0.0.2 10.1.0.2 10.2.0.2 10.3.0.2; do echo "route add 21.0.0.0/24 via $gw scope $s"; echo "route show 21.0.0.0/24"; echo "route get 21.0.0.1"; echo "route flush 21.0.0.0/24"; done; done; } >asked
ip -force -batch asked >said 2>&1; cat -n said
echo "# gateways behind gateways"
t() { ip route "$@"; echo "$? <- $*"; }
t add 30.0.0.0/24 dev d0; t add 31.0.0.0/24 dev d0 scope host; t add 32.0.0.0/24 via 10.0.0.9; t add 33.0.0.0/24 dev d0 scope site; t add 34.0.0.0/24 dev d0 scope global; t add 35.0.0.1 dev d0; t add 35.0.0.1 via 10.0.0.3 metric 1
for g in 30.0.0.9 31.0.0.9 32.0.0.9 33.0.0.9 34.0.0.9 35.0.0.1; do t add 40.0.0.0/24 via $g; t add 40.0.0.0/24 via $g scope link; t add 40.0.0.0/24 via $g onlink; t add 40.0.0.0/24 via $g dev d0 onlink; ip route show 40.0.0.0/24; ip route flush 40.0.0.0/24; done
echo "# sources"
for a in 10.0.0.1 10.1.0.1 10.2.0.1 10.3.0.1 127.0.0.1 127.0.0.9 10.0.0.0 10.0.0.2; do t add 41.0.0.0/24 dev d0 src $a; t add 41.0.0.0/24 via 10.0.0.2 src $a metric 5; ip route get 41.0.0.1; ip route flush 41.0.0.0/24; done
for a in 10.0.0.7 10.1.0.7 10.2.0.7 10.3.0.7 30.0.0.7 31.0.0.7 33.0.0.7 34.0.0.7 8.8.8.8; do ip route get $a; ip route get $a oif d1; done
