# oracle: -i
# redirect_load, redirect_number, redirect_silence: how soon and how often a sender is told again of a better way.
exec 2>&1
for n in sw h r d; do ip netns add $n; ip -n $n link set lo up; done
ip -n sw link add br0 address 02:00:00:00:00:aa type bridge; ip -n sw link set br0 up
i=1; for n in h r d; do ip link add eth0 netns $n address 02:00:00:00:00:0$i type veth peer name p$i netns sw; ip -n sw link set p$i master br0 up; ip -n $n addr add 10.0.0.$i/24 dev eth0; ip -n $n link set eth0 up; i=$((i+1)); done
ip -n d addr add 10.2.0.1/32 dev lo; ip -n h route add default via 10.0.0.2; ip -n r route add 10.2.0.0/16 via 10.0.0.3; ip netns exec r sysctl -qw net.ipv4.ip_forward=1; ip netns exec h sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0
until [ "$(ip -n sw -o link show master br0 | grep -c 'state UP')" = 3 ]; do sleep 0.05; done
# Times are in the kernel's ticks; an error costs a second's.
HZ=$(cat /proc/sys/net/ipv4/route/error_cost); cd /proc/sys/net/ipv4/route; echo $(($(cat redirect_load) * 1000 / HZ)) ms, $(cat redirect_number), $(($(cat redirect_silence) * 1000 / HZ)) ms; cd - >/dev/null
ip netns exec h ping -c1 -W1 10.0.0.2 >/dev/null
told() { ip netns exec r nstat -az IcmpOutRedirects | awk '/Redirects/{print $2}'; }
flood() { ip netns exec r nstat -rn >/dev/null; echo "# $1 packets, $2 s apart: $(ip netns exec h ping -c$1 -i$2 -W1 10.2.0.1 | sed -n 's/^.*, \([0-9]*\) received.*/\1 answered/p'), told $(told)"; }
s() { sysctl -qw net.ipv4.route.$1=$2; echo "# -- $1=$2"; }
sysctl -qw net.ipv4.route.redirect_load=$((HZ * 40 / 1000)) net.ipv4.route.redirect_number=3 net.ipv4.route.redirect_silence=$((HZ * 2))
ip netns exec h ping -c1 -W1 10.2.0.1 >/dev/null; sleep 4
flood 12 0.2; sleep 5
s redirect_number 0; flood 3 0.2; sleep 5; s redirect_number 2; flood 8 0.2; sleep 5; s redirect_number 9
sysctl -qw net.ipv4.route.redirect_load=0 2>&1; sleep 5; flood 12 0.02
sysctl -qw net.ipv4.route.redirect_load=$((HZ / 50)) net.ipv4.route.redirect_number=9 net.ipv4.route.redirect_silence=$((HZ / 50 << 10))
