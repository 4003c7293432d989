# Hosts on a bridge: `. "$kit/switch.sh" HOST...`. The Ith host's eth0 is 10.0.0.I, 02:00:00:00:00:0I, its wire's other end port
# pI of br0 in sw, 02:00:00:00:01:0I. Scenarios wait for the ports with `ports_up COUNT`.
for n in sw "$@"; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in "$@"; do
  ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw address 02:00:00:00:01:0$i
  ip -n sw link set p$i master br0 up; ip -n $n addr add 10.0.0.$i/24 dev eth0; ip -n $n link set eth0 up; i=$((i+1))
done
ports_up() { until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = $1 ]; do sleep 0.05; done; }
