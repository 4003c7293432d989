# Marks choose paths: of sockets (SO_MARK), of what is reflected and accepted (fwmark_reflect, tcp_fwmark_accept), with masks, and in the
# reverse path check (src_valid_mark).
exec 2>&1
n() { ip netns exec "$@"; }
for i in a b; do ip netns add $i; ip -n $i link set lo up; n $i sysctl -qw net.ipv4.icmp_ratelimit=0; done
for k in 1 2; do ip link add e$k netns a address 02:00:00:00:0$k:01 type veth peer name e$k netns b address 02:00:00:00:0$k:02; for i in a b; do ip -n $i link set e$k up; done; ip -n a addr add 10.0.$k.1/24 dev e$k; ip -n b addr add 10.0.$k.2/24 dev e$k; done
for k in 1 2; do until ip -n a link show e$k | grep -q LOWER_UP; do sleep 0.05; done; done
ip -n b addr add 10.9.9.9/32 dev lo; ip -n b route add default via 10.0.1.1
ip -n a route add 10.9.9.9 via 10.0.1.2; ip -n a route add 10.9.9.9 via 10.0.2.2 table 102; ip -n a route add blackhole 10.9.9.9 table 103
ip -n a rule add fwmark 2 lookup 102 prio 10; ip -n a rule add fwmark 0x30/0xf0 lookup 103 prio 11; ip -n a rule add fwmark 0x100/0 lookup 103 prio 12; ip -n a rule add not fwmark 0/0xff00 lookup 102 prio 13; ip -n a rule
for m in 0 1 2 3 0x30 0x31 0x32 0x3f 0x130 0x100 0x200 0xffffffff; do echo "# mark $m"; ip -n a route get 10.9.9.9 mark $m; done
tx() { for k in 1 2; do n a cat /sys/class/net/e$k/statistics/tx_packets; done | tr '\n' ' '; }
go() { set -- "$(tx)" "$@"; local was=$1; shift; "$@" | grep -o '[0-9] received\|.*ailed.*\|.*nvalid.*' ; set -- $was $(tx); echo "by e1 $(($3 - $1)) by e2 $(($4 - $2))"; }
for m in 1 2 0x30; do echo "# ping -m $m"; go n a ping -n -q -c1 -W0.5 -m $m 10.9.9.9; done
echo "# the answer has the question's mark"
ip -n b rule add fwmark 7 blackhole prio 10; for r in 0 1; do n b sysctl -qw net.ipv4.fwmark_reflect=$r; n a ping -n -q -c1 -W0.5 10.0.1.2 | grep -o '[0-9] received'; done; ip -n b rule del prio 10
echo "# the reverse path with a mark"
n b sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.e2.rp_filter=1
ip -n a addr add 10.5.5.5/32 dev lo; ip -n b route add 10.5.5.5 via 10.0.1.1; for v in 0 1; do n b sysctl -qw net.ipv4.conf.all.src_valid_mark=$v; n a ping -n -q -c1 -W0.5 -I 10.5.5.5 10.0.2.2 | grep -o '[0-9] received'; done
n b nstat -az TcpExtIPReversePathFilter | tail -1 | awk '{print $1, $2}'
echo "# sockets"
cat >marks.py <<'P'
import socket
for mark in (0, 1, 2, 0x30, 0x200):
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        s = socket.socket(socket.AF_INET, kind); s.setsockopt(1, 36, mark); s.settimeout(0.3)
        try: s.connect(("10.9.9.9", 9)); r = "connected"
        except OSError as e: r = e.strerror or "timed out"
        try: print(mark, kind.name, r, s.getsockname()[0], s.getsockopt(1, 36))
        except OSError as e: print(mark, kind.name, r, e.strerror)
P
n a python3 marks.py
