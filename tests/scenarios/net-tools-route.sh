# route(8) of net-tools: networks, hosts, gateways, metrics, reject, what it shows and what it is refused.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip addr add 10.0.$i.1/24 dev d$i; ip link set d$i up; done
while read -r line; do echo "# $line"; eval "$line"; done <<'L'
route -n; route -ne; route -nee
route add -net 10.1.0.0 netmask 255.255.0.0 gw 10.0.0.9; route add -net 10.2.0.0/16 dev d1; route add -host 10.3.3.3 gw 10.0.1.9
route add default gw 10.0.0.254; route add default gw 10.0.1.254; route add default gw 10.0.1.254 metric 5; route add -net 10.4.0.0/16 reject
route add 10.5.5.5 dev d0; route add -net 10.6.0.0/16 gw 10.0.0.9 mss 1000 window 2000 irtt 300; route add -net 10.7.0.0/16 gw 10.0.0.9 metric 9 dev d0
route -n; route -nee; ip route; cat /proc/net/route
route add -net 10.1.2.0 netmask 255.255.0.0 gw 10.0.0.9; route add -net 10.1.0.0/16 gw 10.0.0.9; route add -net 10.8.0.0/16 gw 99.9.9.9; route add -net 10.8.0.0/16 dev nosuch
route add -net 10.8.0.0 netmask 255.0.255.0 dev d0; route add -host 10.8.0.0 netmask 255.255.0.0 dev d0; route add -net 10.8.0.0/16; route add -net 10.8.0.0/40 dev d0; route add -net nonsense dev d0
route add -net 224.0.0.0/4 dev d0; route add -net 127.0.0.0/8 dev lo; route add -host 127.0.0.9 dev d0; route add -net 10.9.0.0/16 gw 10.0.0.1; route add -host 10.9.9.9 gw 10.0.0.9 dev d1
route add -net 10.10.0.0/16 mod dyn reinstate gw 10.0.0.9; ip -d route show 10.10.0.0/16
route del -net 10.1.0.0/16; route del -net 10.1.0.0/16; route del -host 10.3.3.3 gw 10.0.1.8; route del -host 10.3.3.3; route del default gw 10.0.1.254; route del default; route del default metric 5
route del -net 10.4.0.0/16 reject; route del -net 10.7.0.0/16 metric 8; route del -net 10.7.0.0/16 metric 9; route del -net 10.2.0.0/16 dev d0; route del -net 10.2.0.0/16 dev d1
route -n; route -Cn; route flush
ip link set d1 down; route -n; route add -net 10.11.0.0/16 dev d1; ip route add unreachable 10.12.0.0/16; ip route add blackhole 10.13.0.0/16; ip route add 10.14.0.0/16 table 100 dev d0; ip route add 10.15.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3; route -n; cat /proc/net/route
L
