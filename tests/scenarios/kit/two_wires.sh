# Two hosts with two wires between them: `. "$kit/two_wires.sh"`.
#
#   a eth0 10.0.0.1 02:00:00:00:00:0a  ----  b eth0 10.0.0.2 02:00:00:00:00:0b
#   a eth1 10.0.1.1 02:00:00:00:01:0a  ----  b eth1 10.0.1.2 02:00:00:00:01:0b
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
for i in 0 1; do
  ip link add eth$i netns a address 02:00:00:00:0$i:0a type veth peer name eth$i netns b address 02:00:00:00:0$i:0b
  ip -n a addr add 10.0.$i.1/24 dev eth$i; ip -n b addr add 10.0.$i.2/24 dev eth$i
  ip -n a link set eth$i up; ip -n b link set eth$i up
done
