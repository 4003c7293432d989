# Which senders a router tells of a better way: with shared_media all on the device, without it those in the gateway's subnet; not of source routes.
exec 2>&1
for n in sw h r d; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in h r d; do ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw; ip -n sw link set p$i master br0 up; ip -n $n link set eth0 up; i=$((i+1)); done
ip -n h addr add 10.0.0.1/24 dev eth0; ip -n h addr add 10.0.1.1/24 dev eth0; ip -n r addr add 10.0.0.2/24 dev eth0; ip -n r addr add 10.0.1.2/24 dev eth0; ip -n d addr add 10.0.0.3/24 dev eth0; ip -n d addr add 10.0.1.3/24 dev eth0
ip -n d addr add 10.2.0.1/32 dev lo; ip -n h route add default via 10.0.0.2; ip -n r route add 10.2.0.0/16 via 10.0.0.3; ip -n d route add 10.0.1.0/24 via 10.0.0.2 metric 5
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0; ip netns exec h sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0
until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = 3 ]; do sleep 0.05; done
ip netns exec h ping -c1 -W1 10.0.0.2 >/dev/null
# The router tells each sender once in a while: every question has a sender of its own.
k=10; ask() { ip -n h addr add 10.0.$1.$k/24 dev eth0; ip netns exec r nstat -rn >/dev/null; ip netns exec h ping -c1 -W1 -I 10.0.$1.$k "${@:2}" | sed -n '/bytes from/s/time.*//p;/Redirect/p'; echo "redirects: $(ip netns exec r nstat -az IcmpOutRedirects | awk '/Redirects/{print $2}')"; k=$((k+1)); }
for v in 1 0; do for d in all eth0; do ip netns exec r sysctl -w net.ipv4.conf.$d.shared_media=$v; done
for s in 0 1; do echo "# from 10.0.$s.0"; ask $s 10.2.0.1; done
ip -n r route replace 10.2.0.0/16 via 10.0.1.3; echo "# the gateway in 10.0.1.0"; for s in 0 1; do ask $s 10.2.0.1; done
ip -n r route replace 10.2.0.0/16 via 172.16.0.1 dev eth0 onlink; ip -n d addr add 172.16.0.1/32 dev lo 2>/dev/null; echo "# a gateway in no subnet"; for s in 0 1; do ask $s 10.2.0.1; done
ip -n r route replace 10.2.0.0/16 dev eth0; echo "# on link"; for s in 0 1; do ask $s 10.2.0.1; done
ip -n r route replace 10.2.0.0/16 via 10.0.0.3; done
echo "# one of two is enough"; ip netns exec r sysctl -qw net.ipv4.conf.eth0.shared_media=1; ask 1 10.2.0.1
echo "# nexthop objects"; ip -n r nexthop add id 1 via 10.0.0.3 dev eth0; ip -n r nexthop add id 2 group 1; for i in 1 2; do ip -n r route replace 10.2.0.0/16 nhid $i; ask 0 10.2.0.1; done
echo "# options"; ask 0 -R -n 10.2.0.1 | grep redirects; k=$((k+1)); ask 0 -T tsonly 10.2.0.1 | grep redirects
