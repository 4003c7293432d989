# ip route save and restore: all tables, one, by selector; routes with next hops of every kind; into a namespace that has some of them.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip link add v0 type vrf table 10; ip link set v0 up
ip nexthop add id 1 via 10.0.0.2 dev d0; ip nexthop add id 2 group 1
for t in main 10 77 1000000; do ip route add 20.0.0.0/8 via 10.0.0.2 table $t metric 5; ip route add 20.0.0.0/8 via 10.0.1.2 table $t metric 7 realm 3; ip route add 21.0.0.0/8 nexthop via 10.0.0.2 weight 3 nexthop via 10.0.1.2 onlink dev d1 table $t; ip route add 22.0.0.0/8 nhid 1 table $t; ip route add 23.0.0.0/8 nhid 2 table $t proto 99; ip route add 24.0.0.0/8 dev d0 mtu lock 1400 advmss 1300 rto_min 40ms congctl reno table $t; for k in blackhole unreachable prohibit throw; do ip route add $k 25.0.0.0/8 table $t metric $((${#k}*10)); done; ip route add local 26.0.0.1 dev lo table $t; ip route add 27.0.0.0/8 dev d1 tos 8 src 10.0.0.1 scope link table $t; done
b() { ip route save "$@" >f; echo "# save $*: status $?, $(($(wc -c <f) > 4)) bytes"; ip route showdump <f; }
b; b table 77; b table all proto 99; b table 1000000 type blackhole; b exact 20.0.0.0/8 table all; b table nosuch; b dev d1 table 10
ip route save table all >all; ip route save table 77 >f77
for t in main 10 77 1000000; do ip route flush table $t proto boot; ip route flush table $t proto 99; done; ip route show table all
echo "# restore 77"; ip route restore <f77; ip route show table 77
echo "# again"; ip route restore <f77; echo $?
echo "# all"; ip route restore <all; ip route show table all | grep -v "^broadcast\|^local 1"
echo "# garbage"; echo garbage | ip route restore; head -c 40 all | ip route restore; ip route restore </dev/null; ip route restore table 5 <all
