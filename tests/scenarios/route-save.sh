# ip route, rule and address save and restore: what comes back is what was there, in another namespace too.
exec 2>&1
PS4="# "
for n in a b; do ip netns add $n; ip -n $n link set lo up; for i in 0 1; do ip -n $n link add d$i address 02:00:00:00:00:d$i type dummy; ip -n $n link set d$i up; done; done
ip -n a addr add 10.0.0.1/24 brd + dev d0; ip -n a addr add 10.0.0.2/24 dev d0; ip -n a addr add 10.0.1.1 peer 10.0.1.2 dev d1 label d1:x; ip -n a addr add 10.0.3.1/24 dev d1 scope link metric 70 noprefixroute
r() { ip -n a route add "$@"; }
r 10.0.3.0/24 dev d1; r default via 10.0.0.254; r default via 10.0.0.253 metric 5 proto static; r 10.5.0.0/16 via 10.0.3.9 src 10.0.1.1 mtu lock 1400 advmss 1000 window 5000 initcwnd 10
r blackhole 10.6.0.0/16; r 10.7.0.0/16 nexthop via 10.0.0.2 dev d0 onlink nexthop via 10.0.3.7 weight 9; r 10.8.0.0/16 via 10.0.0.9 table 77 tos 0x10; r 10.9.0.0/16 via 10.5.0.1 dev d1 onlink; r local 10.10.0.0/16 dev lo table 4294967295
ip -n a rule add from 10.0.0.0/8 to 10.5.0.0/16 iif d0 fwmark 5/0xff table 77 pref 100; ip -n a rule add not tos 0x10 oif d1 prohibit pref 200; ip -n a rule add uidrange 5-9 ipproto udp sport 5-7 dport 9 goto 300 pref 250; ip -n a rule add pref 300 nop; ip -n a rule add suppress_prefixlength 0 lookup main pref 400 protocol static
echo junk >junk
set -x
ip -n a addr save >addr; ip -n a route save >route; ip -n a route save table 77 >route77; ip -n a route save table all >routes; ip -n a rule save >rule
ls -1 addr route route77 routes rule
ip addr showdump <addr; ip route showdump <route; ip route showdump <routes; ip rule restore </dev/null; echo $?
ip -n b addr restore <addr; ip -n b -4 addr show
ip -n b route restore <route; echo $?; ip -n b route
ip -n b route restore <route; echo $?; ip -n b route
ip -n b route restore <route77; ip -n b route restore <routes; ip -n b route show table all
ip -n b rule flush; ip -n b rule restore <rule; ip -n b rule; ip -n b rule restore <rule; ip -n b rule
ip -n b route restore <addr; ip -n b addr restore <route; ip -n b route restore <junk; ip -n b route restore </dev/null; echo $?
ip -n b route flush table main; ip -n b route save table main >saved; wc -c <saved; ip -n b route save table 99 >saved; wc -c <saved; ip -n b route save type blackhole table all proto boot >saved; wc -c <saved; ip -n b route save root 10.8.0.0/16 table all >one; ip route showdump <one
