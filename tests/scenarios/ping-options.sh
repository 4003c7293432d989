# ping(8) through a router with its options: sizes, patterns, TTL, record route, time stamps, flood, deadline, broadcast, marks, quiet, refused ones.
exec 2>&1
n() { ip netns exec "$@"; }
for i in a r b; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.icmp_ratelimit=0; done
n r sysctl -qw net.ipv4.ip_forward=1
ip link add ar netns a address 02:00:00:00:01:01 type veth peer name ra netns r address 02:00:00:00:01:02
ip link add rb netns r address 02:00:00:00:02:01 type veth peer name br netns b address 02:00:00:00:02:02
ip -n a addr add 10.0.1.1/24 brd + dev ar; ip -n r addr add 10.0.1.2/24 brd + dev ra; ip -n r addr add 10.0.2.1/24 dev rb; ip -n b addr add 10.0.2.2/24 dev br
ip -n a link set dev ar up; ip -n r link set dev ra up; ip -n r link set dev rb up; ip -n b link set dev br up; ip -n a route add default via 10.0.1.2; ip -n b route add default via 10.0.2.1
for d in "a ar" "b br"; do set -- $d; until ip -n $1 link show dev $2 | grep -q LOWER_UP; do sleep 0.05; done; done
p() { echo "# ping $*"; n a timeout 8 ping -n -W0.3 "$@" 2>&1 | sed -e '/^rtt/d' -e 's/time[= ][0-9.]* *ms//g' -e 's/, pipe [0-9]*//; s/ipg.ewma.*//' -e '/^$/d'; }
p -c1 -W1 10.0.2.2; p -c2 -i0.1 -s 0 10.0.2.2; p -c1 -s 8 10.0.2.2; p -c1 -s 65507 10.0.2.2; p -c1 -s 65508 10.0.2.2; p -c1 -p ff00 -s 32 10.0.2.2; p -c1 -p xyz 10.0.2.2
p -c1 -t 1 10.0.2.2; p -c1 -t 2 10.0.2.2; p -c1 -t 255 10.0.2.2; p -c1 -t 256 10.0.2.2; p -c1 -t 0 10.0.2.2
p -c2 -i0.1 -R 10.0.2.2; p -c1 -T tsandaddr 10.0.2.2 | sed 's/[0-9]* absolute/N absolute/; s/TS:.*/TS/; s/\t.*//'; p -c1 -T tsprespec 10.0.1.2 10.0.2.2 10.0.2.2 | sed 's/TS:.*/TS/; s/\t.*//'
p -q -c5 -l3 10.0.2.2; p -q -A -c10 10.0.2.2; p -q -w1 -i0.4 10.0.2.9
p -c1 10.0.1.255; p -b -c1 10.0.1.255; p -b -c1 255.255.255.255; p -c1 -W0.3 224.0.0.1; p -c1 -I ar 10.0.2.2; p -c1 -I 10.0.1.1 10.0.2.2; p -c1 -I 10.0.1.9 10.0.2.2; p -c1 -I lo 10.0.2.2; p -c1 -W0.3 -I lo 127.0.0.1; p -c1 -I nosuch 10.0.2.2
p -c1 -m 77 10.0.2.2; p -c1 -M do -s 1472 10.0.2.2; p -c1 -M do -s 1473 10.0.2.2; p -c1 -M probe -s 1473 10.0.2.2; p -q -c2 -i0.1 -O 10.0.2.2; p -q -c1 -S 2000 10.0.2.2; p -c1 -e 4660 10.0.2.2; p -c3 -i0.1 -D 10.0.2.2 | sed 's/^\[[0-9.]*\] //'
p -c1 0; p -c1 10.0.2; p -c1 127.1; p -c1 0.0.0.0
