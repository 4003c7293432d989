# Path MTU: a router says "too big", and what is sent to that destination afterwards is small enough.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2; ip -n r link set eth2 mtu 1000
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1; sleep 0.3
h1() { ip netns exec h1 "$@"; }
get() { ip -n h1 route get $1 | sed 's/expires [0-9]*sec/expires Nsec/'; }
echo "# before"; get 10.0.2.2
echo "# too big"; h1 ping -c1 -W1 -M do -s 1100 10.0.2.2
echo "# learnt"; get 10.0.2.2; get 10.0.2.3
echo "# refused at once"; h1 ping -c1 -W1 -M do -s 1100 10.0.2.2
echo "# cut at home"; h1 ping -c1 -W1 -s 1100 10.0.2.2
echo "# fits"; h1 ping -c1 -W1 -M do -s 972 10.0.2.2
echo "# too little is not believed"; ip -n r link set eth2 mtu 500; h1 ping -c1 -W1 -M do -s 900 10.0.2.2; get 10.0.2.2
ip -n h1 route flush cache; get 10.0.2.2
