# A router that cannot forward says why, once for each kind: no route, refused by type, by rule, unanswered ARP, TTL, MTU, a device that
# is down; with the counters, for ping, UDP and TCP.
exec 2>&1; export NSTAT_HISTORY=$PWD/nstat.history
n() { ip netns exec "$@"; }
for i in a r; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.icmp_ratelimit=0; done
n r sysctl -qw net.ipv4.ip_forward=1
# Errors have a rate for each sender: so every question comes from another.
for i in $(seq 11 60); do echo "addr add 10.0.1.$i/24 dev e0"; done >senders
ip link add e0 netns a address 02:00:00:00:01:01 type veth peer name ra netns r address 02:00:00:00:01:02
ip -n a addr add 10.0.1.1/24 dev e0; ip -n r addr add 10.0.1.2/24 dev ra; ip -n a link set dev e0 up; ip -n r link set dev ra up
ip -n r link add d0 address 02:00:00:00:00:d0 type dummy; ip -n r link set d0 up; ip -n r addr add 10.0.2.1/24 dev d0
ip -n r neigh add 10.0.2.9 lladdr 02:00:00:00:02:09 dev d0 nud permanent
ip -n a -batch senders; ip -n a route add default via 10.0.1.2
until ip -n a link show dev e0 | grep -q LOWER_UP; do sleep 0.05; done
n a ping -q -c1 -W1 10.0.1.2 | grep -o '[0-9] received'
for t in blackhole unreachable prohibit throw; do ip -n r route add $t 10.9.$((++k)).0/24; done
ip -n r rule add to 10.10.1.0/24 blackhole prio 1; ip -n r rule add to 10.10.2.0/24 unreachable prio 2; ip -n r rule add to 10.10.3.0/24 prohibit prio 3
ip -n r route add 10.11.0.0/16 via 10.0.2.9; ip -n r route add 10.12.0.0/16 via 10.0.2.8; ip -n r route add 10.13.0.0/16 dev lo
n r sysctl -qw net.ipv4.neigh.d0.retrans_time_ms=50 net.ipv4.neigh.d0.mcast_solicit=2
count() { n r nstat -n; "$@"; n r nstat -z | awk '$2 && /^(Ip|IcmpOut|TcpExtIP)/ && !/Octets|NoECT|InReceives|OutRequests/ {printf "%s=%s ", $1, $2} END {print ""}'; }
one() { q=$((q + 1)); n a ping -n -c1 -W0.2 -I 10.0.1.$((10 + q)) "$@" | grep -v '^PING\|^rtt\|^---\|^$\|packets' | sed 's/time=.*//'; }
for to in 10.8.0.1 10.9.1.1 10.9.2.1 10.9.3.1 10.9.4.1 10.10.1.1 10.10.2.1 10.10.3.1 10.11.1.1 10.12.1.1 10.13.1.1 10.0.2.7 10.0.2.255 127.0.0.9 0.0.0.5 240.0.0.1; do echo "# $to"; count one $to; done
echo "# too long, too old"
ip -n r link set d0 mtu 600; count one -M do -s 700 10.11.1.1; count one -t 1 10.11.1.1; count one -t 1 10.0.1.2
ip -n r link set d0 down; count one 10.11.1.1; ip -n r link set d0 up; count one 10.11.1.1
echo "# what sockets are told"
ip -n r route add 10.11.0.0/16 via 10.0.2.9; 
cat >tell.py <<'P'
import socket, time, errno
k = 35
for to in ("10.8.0.1", "10.9.2.1", "10.9.3.1", "10.10.3.1", "10.11.1.1"):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        s = socket.socket(socket.AF_INET, kind)
        s.setsockopt(0, 11, 1)
        s.settimeout(0.2)
        k += 1
        try:
            s.bind(("10.0.1.%d" % k, 0))
            s.connect((to, 7))
            s.send(b"x")
            time.sleep(0.05)
            print(to, kind.name, s.recv(10))
        except OSError as e: print(to, kind.name, errno.errorcode.get(e.errno, type(e).__name__), end=" ")
        try:
            m = s.recvmsg(100, 200, 0x2000)
            print([(l, t, d[:16].hex()) for l, t, d in m[1]], m[3])
        except OSError as e: print(errno.errorcode.get(e.errno, "nothing"))
        s.close()
P
n a python3 tell.py
echo "# forwarding off"
n r sysctl -qw net.ipv4.ip_forward=0; count one 10.11.1.1; count one 10.9.2.1; count one 10.8.0.1
