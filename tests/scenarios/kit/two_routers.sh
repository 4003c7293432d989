# Two hosts with two routers between them, who have talked: `. "$kit/two_routers.sh"`.
#
#   h1 10.0.1.2 -- 10.0.1.1 r1 10.0.12.1 -- 10.0.12.2 r2 10.0.2.1 -- 10.0.2.2 h2
#
# Each wire, from the left, has devices 02:00:00:00:0N:01 and 02:00:00:00:0N:02; those of the routers are eth1 and eth2.
for n in h1 r1 r2 h2; do ip netns add $n; ip -n $n link set lo up; done
wire() {  # N, then NAMESPACE DEVICE ADDRESS of the left and of the right end
  ip link add $3 netns $2 address 02:00:00:00:0$1:01 type veth peer name $6 netns $5 address 02:00:00:00:0$1:02
  ip -n $2 addr add $4 dev $3; ip -n $5 addr add $7 dev $6; ip -n $2 link set $3 up; ip -n $5 link set $6 up
}
wire 1 h1 eth0 10.0.1.2/24 r1 eth1 10.0.1.1/24
wire 2 r1 eth2 10.0.12.1/24 r2 eth1 10.0.12.2/24
wire 3 r2 eth2 10.0.2.1/24 h2 eth0 10.0.2.2/24
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip -n r1 route add 10.0.2.0/24 via 10.0.12.2; ip -n r2 route add 10.0.1.0/24 via 10.0.12.1
for n in r1 r2; do ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
sleep 0.3; ip netns exec h1 ping -c1 -W2 10.0.2.2 >/dev/null
