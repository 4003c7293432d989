# Two VRFs with the same addresses, kept apart, and routes that lead from one to the other.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
for v in 1 2; do
  ip link add vrf$v address 02:00:00:00:00:1$v type vrf table 10$v; ip link set vrf$v up
  for s in a b; do n=$s$v; ip netns add $n
    ip link add e$n type veth peer name e netns $n; ip link set e$n master vrf$v up
    i=$(echo $s | tr ab 12); ip addr add 10.0.$i.1/24 dev e$n; ip -n $n link set e up
    ip -n $n addr add 10.0.$i.2/24 dev e; ip -n $n route add default via 10.0.$i.1
  done
done
ip netns exec a2 ip addr add 10.99.0.1/32 dev e
sysctl -qw net.ipv4.ip_forward=1
. "$kit/silent.sh"
set -x
ip route show vrf vrf1; ip route show vrf vrf2
for v in 1 2; do ip netns exec a$v ping -c1 -W1 10.0.2.2 | grep -o '[0-9] received'; done
ip netns exec a1 ping -c1 -W1 10.99.0.1 | grep From
ip route add vrf vrf1 10.99.0.0/24 dev vrf2
ip route add vrf vrf2 10.99.0.0/24 via 10.0.1.2
ip route get 10.99.0.1 vrf vrf1
ip route get 10.99.0.1 from 10.0.2.2 iif eb1
ip route add vrf vrf1 10.98.0.0/24 via 10.0.1.2 dev ea2
ip route get 10.98.0.1 vrf vrf1
ip rule add oif vrf1 table 200 pref 500; ip route add 10.50.0.0/24 dev vrf2 table 200; ip route get 10.50.0.1 vrf vrf1
ip rule add iif ea1 table 201 pref 501; ip route add blackhole 10.0.2.0/24 table 201; ip netns exec a1 ping -c1 -W0.2 10.0.2.2 | grep -o '[0-9] received'
ip rule del pref 501
ip rule del pref 1000; ip netns exec a1 ping -c1 -W0.2 10.0.2.2 | grep -o '[0-9] received'; ip route get 10.0.2.2 vrf vrf1
ip rule add l3mdev pref 1000 protocol kernel; ip netns exec a1 ping -c1 -W1 10.0.2.2 | grep -o '[0-9] received'
ip rule add l3mdev pref 900 unreachable; ip rule; ip route get 10.0.2.2 vrf vrf1; ip route get 127.0.0.1
ip rule del pref 900
ip route add vrf vrf1 unreachable default metric 4278198272; ip netns exec a1 ping -c1 -W1 10.55.0.1 | grep From
ip route add 10.77.0.0/24 dev vrf1; ip route get 10.77.0.1; ip route get 10.0.1.2 oif vrf2
ip link del vrf1; ip route; ip route show table 101; ip -br link show ea1 | cut -d' ' -f1
