# Two hosts and a router between them, made with nothing but ip and ping. Run it by `make demo`, or by
#   linnet run -- bash examples/demo.sh
set -e
say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
show() { printf '\033[2m$ %s\033[0m\n' "$*"; "$@"; }

say "Three namespaces: h1 --- r --- h2"
for ns in h1 r h2; do ip netns add "$ns"; done
ip link add eth0 netns h1 type veth peer name eth1 netns r
ip link add eth0 netns h2 type veth peer name eth2 netns r
ip -n h1 addr add 10.0.1.2/24 dev eth0
ip -n h2 addr add 10.0.2.2/24 dev eth0
ip -n r addr add 10.0.1.1/24 dev eth1
ip -n r addr add 10.0.2.1/24 dev eth2
for ns in h1 r h2; do ip -n "$ns" link set lo up; done
ip -n h1 link set eth0 up
ip -n h2 link set eth0 up
ip -n r link set eth1 up
ip -n r link set eth2 up
ip -n h1 route add default via 10.0.1.1
ip -n h2 route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
show ip netns list

say "The router's addresses and routes"
show ip -n r -br addr
show ip -n r route

say "From end to end"
show ip netns exec h1 ping -c 3 -i 0.2 10.0.2.2

say "One hop is not enough: the router says so"
ip netns exec h1 ping -c 1 -t 1 10.0.2.2 || true

say "What each learned of its neighbours"
show ip -n h1 neigh
show ip -n r neigh

say "Try next"
cat <<'END'
  linnet run -- bash                 a shell in a world of its own; ip, ping, sysctl as you know them
  ip netns add a; ip netns exec a ip link
  ip monitor all                     in one shell of the world, while you change things in another
  linnet run --attach eth0=tap:tap0 -- bash     with a way out to this machine's kernel
  linnet doctor                      what this machine offers, and what it lacks
END
