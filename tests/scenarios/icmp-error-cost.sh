# oracle: -i
# error_burst, error_cost: how many errors a router sends to one sender of what it cannot route.
exec 2>&1
for n in h r; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns h address 02:00:00:00:00:01 type veth peer name e0 netns r address 02:00:00:00:00:02
ip -n h link set e0 up; ip -n r link set e0 up; ip -n h addr add 10.0.0.1/24 dev e0; ip -n h addr add 10.0.0.9/24 dev e0; ip -n r addr add 10.0.0.2/24 dev e0; ip -n h route add default via 10.0.0.2; ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0; ip -n r route add unreachable 10.7.0.0/16
# Times are in the kernel's ticks, and the cost is a second's at first.
HZ=$(cat /proc/sys/net/ipv4/route/error_cost); echo $(($(cat /proc/sys/net/ipv4/route/error_burst) / HZ)) $(cat /proc/sys/net/ipv4/icmp_msgs_per_sec /proc/sys/net/ipv4/icmp_msgs_burst)
ip netns exec h ping -c1 -W1 10.0.0.2 >/dev/null
cat >flood.py <<'P'
# SOURCE COUNT: that many packets to nowhere at once; how many errors come back
import select, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((sys.argv[1], 0))
i = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); i.bind((sys.argv[1], 0)); n = 0
for k in range(int(sys.argv[2])): s.sendto(b"x", (sys.argv[3] if len(sys.argv) > 3 else "10.7.0.1", 9999))
while select.select([i], [], [], 0.4)[0]: n += i.recv(2000)[20] == 3
print("# %s sends %s: %d errors" % (sys.argv[1], sys.argv[2], n))
P
f() { ip netns exec h python3 flood.py "$@"; }
s() { sysctl -qw net.ipv4.$1=$(($2 * HZ / 1000)); echo "# -- $1=$2 ms"; }
s route.error_cost 3000; s route.error_burst 15000; sleep 0.5
f 10.0.0.1 20; f 10.0.0.1 20; f 10.0.0.9 20
s route.error_burst 6000; sleep 6; f 10.0.0.1 9
s route.error_cost 600; s route.error_burst 3000; sleep 3; f 10.0.0.1 9
s route.error_cost 0; f 10.0.0.1 30
s route.error_cost 1000000; sleep 1; f 10.0.0.1 30
s route.error_cost 1000; s route.error_burst 5000
ip netns exec r nstat -az IcmpOutDestUnreachs IpInAddrErrors IpInNoRoutes | tail -n +2
