# Tunnels and namespaces: moved, their outer packets still take the first one's routes; gone with it.
exec 2>&1
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for n in h k a; do ip netns add $n; done
ip -n a link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 netns h address 02:00:00:00:00:04
ip -n a link set eth0 up; ip -n h link set eth0 up; ip -n a addr add 10.0.0.1/24 dev eth0; ip -n h addr add 10.0.0.2/24 dev eth0
set -x
ip -n a link add t0 type ipip local 10.0.0.1 remote 10.0.0.2; ip -n a link set t0 netns k; ip -n k link set t0 up; ip -n k addr add 192.168.0.1/24 dev t0
ip -n h link add t0 type ipip local 10.0.0.2 remote 10.0.0.1; ip -n h link set t0 up; ip -n h addr add 192.168.0.2/24 dev t0
ip netns exec k ping -c1 -W1 192.168.0.2 | grep -o '[0-9] received'
ip -n k -d link show t0 | sed 's/numrxqueues 1 //'; ip -n k tunnel show; ip -n a tunnel show
ip -n a link add t0 type ipip local 10.0.0.1 remote 10.0.0.2
ip -n k link add t1 type ipip local 10.0.0.1 remote 10.0.0.2; ip -n k tunnel show
ip -n k link set t0 type ipip local 10.0.0.1 remote 10.0.0.2 ttl 5; ip -n k tunnel show t0
ip netns exec k ping -c1 -W1 192.168.0.2 | grep -o '[0-9] received'
ip link add g type gre local 10.0.0.1 remote 10.0.0.2 netns k; ip -n k link show g
ip netns del a; for _ in $(seq 40); do ip -n k link show t0 >/dev/null 2>&1 || break; sleep 0.05; done; ip -n k link
ip -n k link del t1; ip netns del k
ip -n h link del t0; ip -n h link
