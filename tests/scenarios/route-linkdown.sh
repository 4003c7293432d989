# Devices without carrier: their routes stay, are shown as linkdown, and are passed over where the device or all say so; what
# that makes of questions, of packets sent and forwarded, and of addresses.
exec 2>&1
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 brd + dev d$i; done
ip route add default via 10.0.0.9 metric 5; ip route add default via 10.0.1.9 metric 9; ip route add 10.9.0.0/16 nexthop via 10.0.0.9 nexthop via 10.0.1.9 weight 4; ip route add 10.8.0.0/16 via 10.0.0.9; ip route add blackhole 10.8.0.0/15; ip route add 10.7.0.0/16 dev d0 metric 3; ip route add 10.7.0.0/16 dev d2 metric 7
( exec stdbuf -oL ip monitor route address link >said 2>&1 ) & pid=$!; sleep 0.4
q() { for a in 8.8.8.8 10.8.1.1 10.7.1.1 10.0.0.9 10.0.0.1 10.0.0.255; do ip route get $a; ip route get $a from 10.0.2.9 iif d2; done; ip route get 8.8.8.8 oif d0; ip route get 8.8.8.8 from 10.0.0.1; ip route get fibmatch 10.9.1.1; ip route; ip route show table local dev d0; }
sysctl -qw net.ipv4.ip_forward=1
echo "# carrier"; q
echo "# none"; ip link set d0 carrier off; q; ip -d addr show d0 | head -1 | cut -d'<' -f2 | cut -d'>' -f1; ip -j route show 10.9.0.0/16
echo "# ignored on d0"; sysctl -w net.ipv4.conf.d0.ignore_routes_with_linkdown=1; q
ip route add 10.6.0.0/16 via 10.0.0.9; ip route add 10.6.1.0/24 via 10.0.0.8 dev d0; ip route add 10.5.0.0/16 dev d0; ip route show dev d0
python3 - <<'P'
import errno, socket
for to in "10.8.1.1", "10.0.0.9", "10.0.0.255", "8.8.8.8", "10.7.1.1", "10.0.0.1":
    s = socket.socket(2, 2); s.setsockopt(1, 6, 1)
    try: s.connect((to, 9)); print(to, s.getsockname()[0])
    except OSError as e: print(to, errno.errorcode[e.errno])
P
echo "# of all"; sysctl -qw net.ipv4.conf.d0.ignore_routes_with_linkdown=0; sysctl -w net.ipv4.conf.all.ignore_routes_with_linkdown=1; ip route get 10.8.1.1; ip route get 10.0.0.1; ip link set d1 carrier off; ip route get 8.8.8.8; ip route get 10.9.1.1; ip route
echo "# rp_filter"; sysctl -qw net.ipv4.conf.d2.rp_filter=1; ip route get 10.0.2.1 from 10.7.1.1 iif d2; sysctl -qw net.ipv4.conf.d2.rp_filter=2; ip route get 10.0.2.1 from 10.8.1.1 iif d2; sysctl -qw net.ipv4.conf.d2.rp_filter=0
ip link set d1 carrier on; ip route get 10.9.1.1; ip link set d0 down; ip route; ip link set d0 up; ip route; ip link set d0 carrier on; ip route; ip route get 10.7.1.1
sleep 0.3; kill $pid; wait $pid; grep -v 'link/ether\|state' said
