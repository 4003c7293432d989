# ipip ... external: each packet's route says where it goes; one tunnel serves many ends, and a tunnel of just that pair comes first.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for h in b c; do ip netns add $h; done
ip link add br0 address 02:00:00:00:00:aa type bridge; ip link set br0 up; ip addr add 10.0.0.1/24 dev br0; ip link set lo up
i=2; for h in b c; do ip link add e$h type veth peer name eth0 netns $h address 02:00:00:00:00:0$i; ip link set e$h master br0 up; ip -n $h link set lo up; ip -n $h link set eth0 up; ip -n $h addr add 10.0.0.$i/24 dev eth0
  ip -n $h link add t0 type ipip external; ip -n $h link set t0 up; ip -n $h addr add 192.168.$i.1/32 dev t0; ip -n $h route add default encap ip dst 10.0.0.1 dev t0; ip netns exec $h sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.t0.rp_filter=0; i=$((i+1)); done
until [ "$(ip -o link show master br0 | grep -c 'state UP')" = 2 ]; do sleep 0.05; done
for i in 2 3; do ping -c1 -W2 10.0.0.$i >/dev/null; done
ip link add t0 type ipip external; ip link set t0 up; ip addr add 192.168.1.1/32 dev t0; sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.t0.rp_filter=0 net.ipv4.ip_forward=1
ip link add t1 type ipip external; ip link set t0 type ipip external; ip link set t0 type ipip remote 10.0.0.2
for i in 2 3; do ip route add 192.168.$i.0/24 encap ip dst 10.0.0.$i dev t0; done
tcpdump --immediate-mode -Uni br0 -w br0.pcap "ip proto 4" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
p() { echo "# $*"; "$@" | sed -n '2s/time.*//p'; }
p ping -c1 -W1 192.168.2.1
p ping -c1 -W1 -Q 8 -t 9 192.168.3.1
: from one to the other, in and out by the same device
p ip netns exec b ping -c1 -W1 192.168.3.1
: large ones
p ping -c1 -W1 -s 3000 192.168.2.1
p ping -c1 -W1 -s 1452 -M do 192.168.2.1
p ping -c1 -W1 -s 1453 -M do 192.168.2.1
: a key means nothing here
ip route replace 192.168.2.0/24 encap ip id 7 dst 10.0.0.2 key csum seq ttl 3 dev t0; p ping -c1 -W1 192.168.2.1
ip route replace 192.168.2.0/24 dev t0; p ping -c1 -W0.3 192.168.2.1
ip route replace 192.168.2.0/24 encap ip dst 10.9.9.9 dev t0; p ping -c1 -W0.3 192.168.2.1
: a tunnel for just these two
ip link add t2 type ipip local 10.0.0.1 remote 10.0.0.2; ip link set t2 up; ip route replace 192.168.2.0/24 encap ip dst 10.0.0.2 dev t0; p ping -c1 -W1 192.168.2.1
{ sleep 0.3; kill %1; wait; } 2>/dev/null
for d in t0 t2; do ip -s link show $d; done; ip -n b -s link show t0
