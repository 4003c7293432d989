# Routes that refuse: what sending through them, forwarding through them and asking for them gives.
exec 2>&1
ip netns add h; ip netns add r
ip link add eth0 netns h address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip -n h addr add 10.0.1.2/24 dev eth0; ip -n r addr add 10.0.1.1/24 dev eth1
for n in h r; do ip -n $n link set lo up; done
ip -n h link set eth0 up; ip -n r link set eth1 up
ip -n h route add default via 10.0.1.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
n=0
for type in blackhole unreachable prohibit throw; do
  n=$((n + 1))
  ip -n r route add $type 10.$n.0.0/16; ip -n h route add $type 10.10$n.0.0/16
done
ip -n r route; ip -n h route
for n in 1 2 3 4; do
  [ $n = 4 ] && sleep 1.2  # the sender has had its errors
  echo "# remote 10.$n"; ip -n r route get 10.$n.0.1; ip netns exec h ping -c1 -W1 10.$n.0.1
  echo "# local 10.10$n"; ip -n h route get 10.10$n.0.1; ip netns exec h ping -c1 -W1 10.10$n.0.1
done
ip -n h route add local 10.200.0.0/16 dev lo; ip netns exec h ping -c1 -W1 10.200.3.4
ip -n h route add broadcast 10.201.0.9 dev eth0; ip -n h route get 10.201.0.9; ip netns exec h ping -c1 -W1 10.201.0.9
ip -n h route add multicast 225.0.0.0/8 dev eth0; ip -n h route show table all type multicast
ip -n h route add nat 10.202.0.0/16 via 10.0.1.1
ip -n h route add anycast 10.203.0.9 dev eth0; ip -n h route get 10.203.0.9
ip -n h route add unicast 10.204.0.0/16 dev lo; ip -n h route get 10.204.0.1
ip -n h route add blackhole 10.205.0.0/16 dev eth0
ip -n h route add blackhole 10.205.0.0/16 via 10.0.1.1
ip -n h route add unreachable default metric 4278198272; ip -n h route
for t in blackhole unreachable prohibit throw local broadcast unicast; do echo "# $t"; ip -n h route show table all type $t; done
ip netns exec h nstat -az IpOutNoRoutes IpInAddrErrors | grep -v '^#'
ip netns exec r nstat -az IpOutNoRoutes IpInAddrErrors IpInNoRoutes IpForwDatagrams | grep -v '^#'
