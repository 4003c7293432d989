# replace, change, append, prepend, test and delete of routes: what each finds, makes and refuses, and who is told what.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
( exec stdbuf -oL ip monitor route >said 2>&1 ) & pid=$!; sleep 0.5
t() { ip route "$@"; echo "$? <- ip route $*"; }
show() { ip route show table all | grep -E '^(default|10\.[1-9]|blackhole|unreach|throw|prohibit|local 10\.[1-9])' ; echo --; }
t change 10.1.0.0/16 via 10.0.0.2; t replace 10.1.0.0/16 via 10.0.0.2; t change 10.1.0.0/16 via 10.0.0.3; show
t add 10.1.0.0/16 via 10.0.0.4; t append 10.1.0.0/16 via 10.0.0.4; t prepend 10.1.0.0/16 via 10.0.0.5; show
t append 10.1.0.0/16 via 10.0.0.4; t prepend 10.1.0.0/16 via 10.0.0.5; t test 10.1.0.0/16 via 10.0.0.9; show
t change 10.1.0.0/16 via 10.0.0.6; show; t replace 10.1.0.0/16 via 10.0.0.4; show; t change 10.1.0.0/16 via 10.0.0.4; show
t replace blackhole 10.1.0.0/16; show; t change 10.1.0.0/16 dev d1; show; t replace 10.1.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.1.2; show
t append unreachable 10.1.0.0/16; t prepend throw 10.1.0.0/16; t append local 10.1.0.0/16 dev lo; show
t del unreachable 10.1.0.0/16; t del throw 10.1.0.0/16; t del local 10.1.0.0/16; t del 10.1.0.0/16 dev d1; t del 10.1.0.0/16; t del 10.1.0.0/16; show
echo "# by metric and TOS"
for m in 10 20 30; do t add 10.2.0.0/16 via 10.0.0.$m metric $m; done; t add 10.2.0.0/16 via 10.0.0.99 tos 0x10 metric 20; show
t change 10.2.0.0/16 via 10.0.1.20 metric 20; t change 10.2.0.0/16 via 10.0.1.20 metric 25; t replace 10.2.0.0/16 via 10.0.1.25 metric 25; t replace 10.2.0.0/16 via 10.0.1.1 metric 30; show
t change 10.2.0.0/16 via 10.0.1.99 tos 0x10; t change 10.2.0.0/16 via 10.0.1.99 tos 0x10 metric 20; t replace 10.2.0.0/16 via 10.0.1.98 tos 0x08; show
t append 10.2.0.0/16 via 10.0.0.21 metric 20; t append 10.2.0.0/16 via 10.0.0.22 metric 20; t prepend 10.2.0.0/16 via 10.0.0.23 metric 20; show
t replace 10.2.0.0/16 via 10.0.0.22 metric 20; show; t replace 10.2.0.0/16 via 10.0.0.24 metric 20; show
t del 10.2.0.0/16 metric 20; t del 10.2.0.0/16 tos 0x10; t del 10.2.0.0/16 via 10.0.0.22; t del 10.2.0.0/16 via 10.0.0.77; t del 10.2.0.0/16 dev d1 metric 25; show
echo "# what distinguishes"
t add 10.3.0.0/16 via 10.0.0.2 proto static; t append 10.3.0.0/16 via 10.0.0.2 proto bird; t append 10.3.0.0/16 via 10.0.0.2 proto bird mtu 1400; t append 10.3.0.0/16 via 10.0.0.2 src 10.0.1.1; t append 10.3.0.0/16 via 10.0.0.2 realm 5; t append 10.3.0.0/16 dev d0 scope link; t append 10.3.0.0/16 via 10.0.0.2 onlink dev d0; show
t del 10.3.0.0/16 proto bird mtu 1400; show; t del 10.3.0.0/16 src 10.0.1.1; t del 10.3.0.0/16 scope link; t del 10.3.0.0/16 scope host; t del 10.3.0.0/16 proto boot; t del 10.3.0.0/16 realm 7; t del 10.3.0.0/16 realm 5; t del 10.3.0.0/16 type blackhole; show
t del 10.3.0.0/16 mtu 1500; t del 10.3.0.0/16 nexthop via 10.0.0.2 nexthop via 10.0.0.3; t del 10.3.0.0/16 onlink dev d0 via 10.0.0.2; t del 10.3.0.0/17; t del 10.3.0.0/16 table 77; t del 10.3.0.0/16 table 4294967295; show
t flush 10.3.0.0/16; t flush table 77; t flush root 10.2.0.0/15; show; t flush proto boot; t flush dev d1; t flush scope link; ip route show table all
sleep 0.3; kill $pid; wait $pid; echo "# said"; cat said
