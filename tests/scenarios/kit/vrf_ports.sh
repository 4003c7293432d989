# Two hosts, each on a port of the VRF red: `. "$kit/vrf_ports.sh"`. Their gateway is the namespace that the scenario runs in.
#
#   h e 10.0.0.2 -- eth0 10.0.0.1 \
#                                  red, table 10
#   k e 10.0.1.2 -- eth1 10.0.1.1 /
ip netns add h; ip netns add k
for i in 0 1; do n=$(echo hk | cut -c$((i+1)))
  ip link add eth$i address 02:00:00:00:00:0$i type veth peer name e netns $n address 02:00:00:00:01:0$i
  ip link set eth$i up; ip -n $n link set e up; ip -n $n addr add 10.0.$i.2/24 dev e; ip -n $n route add default via 10.0.$i.1
done
ip link add red address 02:00:00:00:00:10 type vrf table 10; ip link set red up
for i in 0 1; do ip link set eth$i master red; ip addr add 10.0.$i.1/24 dev eth$i; done
