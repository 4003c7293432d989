# A router that sends a packet back by the device it came from tells the sender of the nearer way.
exec 2>&1
ip netns add h; ip netns add r
for n in h r; do ip -n $n link set lo up; done
ip link add h0 netns h address 02:00:00:00:00:01 type veth peer name r0 netns r address 02:00:00:00:00:11
ip -n h addr add 10.0.0.9/24 dev h0; ip -n r addr add 10.0.0.1/24 dev r0
ip -n h link set h0 up; ip -n r link set r0 up; sleep 0.3
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip -n r route add 10.9.0.0/16 via 10.0.0.9
ip -n h route add 10.9.0.0/16 via 10.0.0.1; ip -n h addr add 10.9.0.1/32 dev lo
ip -n h rule add pref 1 lookup main; ip -n h rule del pref 0; ip -n h rule add pref 2 lookup local
ip netns exec h sysctl -qw net.ipv4.conf.h0.accept_local=1
ip netns exec h ping -c2 -i 0.5 -W1 10.9.0.1
ip netns exec h ping -c1 -W1 10.9.0.1
ip -n h route get 10.9.0.1 | sed 's/expires [0-9]*sec/expires Nsec/'
ip netns exec r nstat -az 2>/dev/null | awk '/IcmpOutRedirects|IpForwDatagrams/ {print $1, $2}'
