# Hosts h1, h2 ... for a bridge of the namespace that the scenario runs in: `. "$kit/bridge_hosts.sh" COUNT`. hI has the device qI,
# 10.0.0.I, 02:00:00:00:02:0I; the wire's other end here is pI, 02:00:00:00:01:0I, which is no port yet.
for i in $(seq $1); do
  ip link add p$i address 02:00:00:00:01:0$i type veth peer name q$i address 02:00:00:00:02:0$i
  ip netns add h$i
  ip link set q$i netns h$i
  ip -n h$i addr add 10.0.0.$i/24 dev q$i
  ip -n h$i link set q$i up
done
