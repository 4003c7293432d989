# What ip monitor says of links, addresses, routes, neighbours and namespaces as they come, change and go.
stdbuf -oL ip monitor all > /tmp/mon.$$ 2>&1 & M=$!
sleep 0.4
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip addr add 10.0.0.1/24 brd + dev v0
ip link set v0 up
ip link set v1 up
sleep 0.3
ip netns add b
ip link set v1 netns b
ip -n b addr add 10.0.0.2/24 dev v1
ip -n b link set v1 up
sleep 0.3
ping -c1 -W1 10.0.0.2 >/dev/null
ip route add 10.5.0.0/16 via 10.0.0.2
ip route replace 10.5.0.0/16 dev v0
ip route del 10.5.0.0/16
ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0 nud permanent
ip neigh change 10.0.0.9 lladdr 02:00:00:00:00:0a dev v0 nud reachable
ip neigh del 10.0.0.9 dev v0
ip link set v0 mtu 1400
ip link set v0 alias hello
ip link set v0 down
ip link set v0 name w0
ip addr add 10.1.0.1/24 dev w0
ip addr add 10.1.0.2/24 dev w0
ip addr del 10.1.0.1/24 dev w0
ip link set w0 up
sleep 0.2
ip rule add pref 100 from 10.9.0.0/16 table 100
ip rule del pref 100
ip link del w0
sleep 0.3
kill $M; wait $M 2>/dev/null
cat /tmp/mon.$$
