# The check of the way back where there are several: by multipath routes, nexthop objects, other tables, rules, VRFs and devices that are down.
exec 2>&1
ip link set lo up
for i in 0 1 2 3; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
sysctl -qw net.ipv4.ip_forward=1
q() { ip route get "$@" 2>&1 | sed -n '1s/ *$//p'; }
ask() { for d in 0 1 2 3; do echo "d$d: $(q 10.0.3.9 from $1 iif d$d)"; done; }
for v in 1 2 0; do sysctl -w net.ipv4.conf.all.rp_filter=0 >/dev/null; for d in all d0 d1 d2 d3; do sysctl -qw net.ipv4.conf.$d.rp_filter=$v; done; echo "== rp_filter $v"
  ip route replace 10.5.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2; echo "# multipath"; ask 10.5.0.1
  ip nexthop replace id 1 via 10.0.0.2 dev d0; ip nexthop replace id 2 via 10.0.1.2 dev d1; ip nexthop replace id 3 group 1/2; ip nexthop replace id 4 group 1/2 type resilient buckets 4; ip nexthop replace id 5 blackhole
  for n in 1 3 4 5; do ip route replace 10.5.0.0/16 nhid $n; echo "# nexthop $n"; ask 10.5.0.1; done
  ip route del 10.5.0.0/16; echo "# no route"; ask 10.5.0.1
  ip route add 10.5.0.0/16 via 10.0.2.2 table 7; ip rule add iif d1 lookup 7; echo "# a rule for what comes by d1"; ask 10.5.0.1; ip rule del iif d1; ip rule add to 10.5.0.0/16 lookup 7; echo "# a rule for what goes there"; ask 10.5.0.1; ip rule del lookup 7; ip route flush table 7
  for t in blackhole unreachable prohibit throw; do ip route add $t 10.5.0.0/16; echo "# $t"; ask 10.5.0.1; ip route del $t 10.5.0.0/16; done
  ip route add default dev d2; echo "# a default route"; ask 10.5.0.1; ip route del default
  echo "# a neighbour's address, this host's own, its broadcast address"; ask 10.0.1.7; ask 10.0.1.1; ask 10.0.1.255
done
for d in all d0 d1 d2 d3; do sysctl -qw net.ipv4.conf.$d.rp_filter=1; done
echo "== one way down"; ip route replace 10.5.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2; ip link set d1 down; ask 10.5.0.1; ip link set d1 up; ip route replace 10.5.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2
echo "== a VRF"; ip link add v0 type vrf table 10; ip link set v0 up; ip link set d1 master v0; ip route add 10.5.0.0/16 via 10.0.1.2 table 10; ask 10.5.0.1; ip route del 10.5.0.0/16 table 10; ask 10.5.0.1
nstat -az TcpExtIPReversePathFilter | tail -1
