# Two sites behind a tunnel between their routers: forwarding, TTL, path MTU for the hosts, what traceroute sees.
exec 2>&1
PS4="# "
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
for n in h1 r1 net r2 h2; do ip netns add $n; ip -n $n link set lo up; ip netns exec $n sysctl -qw net.ipv4.ip_forward=1; done
link() { ip -n $1 link add $3 type veth peer name $4 netns $2; ip -n $1 link set $3 up; ip -n $2 link set $4 up; }
link h1 r1 e lan; link r1 net wan n1; link net r2 n2 wan; link r2 h2 lan e
ip -n h1 addr add 192.168.1.2/24 dev e; ip -n r1 addr add 192.168.1.1/24 dev lan; ip -n r1 addr add 10.0.1.1/24 dev wan; ip -n net addr add 10.0.1.2/24 dev n1
ip -n net addr add 10.0.2.2/24 dev n2; ip -n r2 addr add 10.0.2.1/24 dev wan; ip -n r2 addr add 192.168.2.1/24 dev lan; ip -n h2 addr add 192.168.2.2/24 dev e
ip -n h1 route add default via 192.168.1.1; ip -n h2 route add default via 192.168.2.1
ip -n r1 route add default via 10.0.1.2; ip -n r2 route add default via 10.0.2.2
p() { { local -; set +x; } 2>/dev/null; ip netns exec h1 ping -c1 -W${w:-1} "$@" 192.168.2.2 | sed '/^PING\|^rtt\|^$\|statistics/d; s/ time.*//'; }
tunnel() { { local -; set +x; } 2>/dev/null; for n in r1 r2; do ip -n $n link del t 2>/dev/null; done
  ip -n r1 link add t type $1 local 10.0.1.1 remote 10.0.2.1 ${@:2}; ip -n r2 link add t type $1 local 10.0.2.1 remote 10.0.1.1 ${@:2}
  for n in r1 r2; do ip -n $n link set t up; done
  ip -n r1 addr add 172.16.0.1/30 dev t; ip -n r2 addr add 172.16.0.2/30 dev t
  ip -n r1 route add 192.168.2.0/24 dev t; ip -n r2 route add 192.168.1.0/24 dev t; }
trace() { { local -; set +x; } 2>/dev/null; ip netns exec h1 traceroute -n -q1 -w1 192.168.2.2 | sed 's/  [0-9.]* ms//'; }
set -x
p -W 0.3
tunnel ipip; p; p -t 2; p -t 3; trace
p -s 1453 -M do; p -s 1452 -M do; p -s 1453 -M do; p -s 2000
ip -n net link set n2 mtu 1400; p -s 1440 -M do; p -s 1440 -M do; p -s 1440 -M do; p -s 1352 -M do; p -s 1440
ip -n h1 route get 192.168.2.2 | sed 's/expires [0-9]*/expires N/'; ip -n r1 route get 192.168.2.2 | sed 's/expires [0-9]*/expires N/'
ip -n net link set n2 mtu 1500; ip -n h1 route flush cache; ip -n r1 route flush cache
tunnel ipip ttl 64; p -t 2; p -t 3; trace
tunnel gre key 5 csum ttl 64; p -s 1437 -M do; p -s 1436 -M do; p -s 1436 -M do; trace
tunnel gre seq; p -s 3000; ip -n r1 -s link show t | tail -5
tunnel ipip nopmtudisc; p -s 1460; p -s 1460 -M do; p -s 1460 -M do; ip -n r1 -s link show t | tail -5
ip -n r1 link set t mtu 1500; p -s 1460 -M dont; ip -n r1 -s link show t | tail -5
ip -n net link set n2 down; w=0.3 p; w=0.3 p; w=0.3 p
