# Routes and rules for a type of service: which bits count, which route is taken, what is shown, what a ping with -Q takes.
exec 2>&1
PS4="# "
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; ip neigh add 10.0.$i.9 lladdr 02:00:00:00:0$i:09 dev d$i nud permanent; done
set -x
ip route add 10.9.0.0/16 via 10.0.0.9
ip route add 10.9.0.0/16 tos 0x10 via 10.0.1.9
ip route add 10.9.0.0/16 dsfield 0x08 via 10.0.2.9
ip route add 10.9.0.0/16 tos 0x04 via 10.0.2.9 metric 10
ip route add 10.9.0.0/16 tos 0x10 via 10.0.1.9
ip route add 10.9.0.0/16 tos 0x02 via 10.0.1.9
ip route add 10.9.0.0/16 tos 0x20 via 10.0.1.9
ip route add 10.9.0.0/16 tos 0xe0 via 10.0.1.9
ip route add 10.9.0.0/16 tos 0x100 via 10.0.1.9
ip route add 10.9.0.0/16 tos lowdelay via 10.0.1.9 metric 5
ip route show
ip route show tos 0x10
ip route show tos 0
ip route show 10.9.0.0/16 tos 0x08
set +x
for t in 0 1 2 3 4 8 0xc 0x10 0x11 0x12 0x13 0x14 0x18 0x1c 0x1e 0x20 0x28 0x30 0x88 0xb8 0xff; do echo "# tos $t"; ip route get 10.9.1.1 tos $t; done
echo "# pings"
for q in 0 0x10 0x08 0x04 0xb8 0x12 0x1e; do for d in 0 1 2; do eval "b$d=$(cat /sys/class/net/d$d/statistics/tx_packets)"; done
  ping -Q $q -c1 -W0.1 10.9.1.1 >/dev/null; for d in 0 1 2; do a=$(cat /sys/class/net/d$d/statistics/tx_packets); [ $a = $(eval echo \$b$d) ] || echo "$q by d$d"; done; done
set -x
ip rule add tos 0x10 lookup 100 prio 50
ip rule add dsfield 0x08 blackhole prio 51
ip rule add tos 0x20 lookup 100 prio 52
ip rule add tos 0xff lookup 100 prio 53
ip rule add tos 0x1c lookup 100 prio 54
ip route add 10.9.0.0/16 via 10.0.2.9 table 100
ip rule
ip route get 10.9.1.1 tos 0x10; ip route get 10.9.1.1 tos 0x08; ip route get 10.9.1.1 tos 0x18; ip route get 10.9.1.1 tos 0x1c; ip route get 10.9.1.1 tos 0x12
ip route del 10.9.0.0/16 tos 0x10; ip route del 10.9.0.0/16 tos 0x10; ip route del 10.9.0.0/16 tos 0x55; ip route del 10.9.0.0/16
ip route change 10.9.0.0/16 tos 0x08 via 10.0.1.9; ip route replace 10.9.0.0/16 tos 0x08 via 10.0.0.9; ip route replace 10.9.0.0/16 tos 0x0c via 10.0.0.9
ip route show
ip route flush tos 0x08; ip route show
