# FRR: three routers in a triangle speak OSPF (multicast to 224.0.0.5 and 224.0.0.6, IP protocol 89, and routes by netlink); a link goes
# down and the way round is taken, comes up and the short way is taken again.
. "$(dirname "$0")/_lib.sh"
PATH=$PATH:/usr/lib/frr
need ip ping ospfd zebra vtysh

cat >world.sh <<'S2'
for i in 1 2 3; do
  ip netns add r$i; ip -n r$i link set lo up; ip netns exec r$i sysctl -qw net.ipv4.ip_forward=1
  ip -n r$i link add stub type dummy; ip -n r$i addr add 10.1.$i.1/24 dev stub; ip -n r$i link set stub up
done
joined() { # joined A B KIND: a link between two routers, eB in A and eA in B
  ip link add e$2 netns r$1 type veth peer name e$1 netns r$2
  ip -n r$1 addr add 10.0.$1$2.$1/24 dev e$2; ip -n r$2 addr add 10.0.$1$2.$2/24 dev e$1
  ip -n r$1 link set e$2 up; ip -n r$2 link set e$1 up
  printf 'interface e%s\n ip ospf hello-interval 1\n ip ospf dead-interval 3\n%s\n' "$2" "$3" >>r$1.conf
  printf 'interface e%s\n ip ospf hello-interval 1\n ip ospf dead-interval 3\n%s\n' "$1" "$3" >>r$2.conf
}
for i in 1 2 3; do printf 'interface stub\n ip ospf passive\n' >r$i.conf; done
# One link elects a designated router, the others are point-to-point.
joined 1 2 ""; joined 2 3 " ip ospf network point-to-point"; joined 1 3 " ip ospf network point-to-point"
wait_for() { local _; for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; return 1; }
# ospfd wants to be root, and does nothing with it that it may not do here.
if unshare -r true 2>/dev/null; then root="unshare -r"; else root=fakeroot; fi
daemon() { # daemon NAME ROUTER
  ip netns exec $2 $root $1 -f $PWD/$2.$1.conf -i $PWD/$2.$1.pid -z $PWD/$2.zserv --vty_socket $PWD/$2 -A 127.0.0.1 -P 0 --log file:$PWD/$2.$1.log >$2.$1.out 2>&1 &
  wait_for test -S $2/$1.vty
}
for i in 1 2 3; do
  mkdir r$i
  { cat r$i.conf; printf 'router ospf\n ospf router-id 10.1.%s.1\n network 10.0.0.0/8 area 0\n timers throttle spf 10 50 500\n' $i; } >r$i.ospfd.conf
  : >r$i.zebra.conf
  daemon zebra r$i; daemon ospfd r$i
done
route() { ip -n r1 route show 10.1.3.0/24 | sed 's/nhid [0-9]* //' | xargs; }
goes() { [ "$(route)" = "$1" ]; }
direct="10.1.3.0/24 via 10.0.13.3 dev e3 proto ospf metric 20" round="10.1.3.0/24 via 10.0.12.2 dev e2 proto ospf metric 20"
both() { [ "$(ip -n r1 route show proto ospf 10.0.23.0/24 | grep -c nexthop)" = 2 ]; }
wait_for goes "$direct"; route; wait_for both && echo two ways to the far link
ip -n r1 nexthop show | grep -q 'via 10.0.13.3 dev e3' && echo by a nexthop object
ip netns exec r1 ping -qc1 -I 10.1.1.1 10.1.3.1 | grep -o '[0-9] received'
ip netns exec r1 vtysh --vty_socket $PWD/r1 -c 'show ip ospf neighbor' 2>/dev/null | awk '/^10/ { print "neighbour", $1, $3 }' | sed 's/Backup\|DR$/D/; s/-$//'
ip -n r1 maddr show dev e2 | grep -o '224.0.0.[56]' | sort | xargs echo groups:
echo "the link goes down"; ip -n r3 link set e1 down
wait_for goes "$round"; route; ip netns exec r1 ping -qc1 -I 10.1.1.1 10.1.3.1 | grep -o '[0-9] received'
echo "and comes up"; ip -n r3 link set e1 up
wait_for goes "$direct"; route
echo "a router ends"; for d in ospfd zebra; do kill "$(cat r3.$d.pid)"; done
gone() { [ -z "$(ip -n r1 route show 10.1.3.0/24)" ]; }
wait_for gone && echo its network is gone
for f in r[12].*.pid; do kill "$(cat $f)"; done
wait
cleaned() { [ -z "$(ip -n r1 route show proto ospf)" ]; }
wait_for cleaned && echo no route is left
S2
out=$(timeout 100 "$LINNET" run -- bash ./world.sh 2>&1)
same "all of it" "10.1.3.0/24 via 10.0.13.3 dev e3 proto ospf metric 20
two ways to the far link
by a nexthop object
1 received
neighbour 10.1.2.1 Full/D
neighbour 10.1.3.1 Full/
groups: 224.0.0.5 224.0.0.6
the link goes down
10.1.3.0/24 via 10.0.12.2 dev e2 proto ospf metric 20
1 received
and comes up
10.1.3.0/24 via 10.0.13.3 dev e3 proto ospf metric 20
a router ends
its network is gone
no route is left" "$out"
[ $failures = 0 ] || tail -n 5 r*.out r*.log
