# What a host refuses to take in: rp_filter in its three forms, martians, other people's addresses, forwarding off.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2
ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1; sleep 0.3
h1() { ip netns exec h1 "$@"; }; r() { ip netns exec r "$@"; }
count() { r nstat -az IpInAddrErrors IpForwDatagrams IpExtInNoRoutes TcpExtIPReversePathFilter IpInDelivers IcmpInEchos | awk '!/^#/ {printf "%s=%s ", $1, $2}'; echo; }
say() { echo "# $*"; }
p() { h1 ping -q -c1 -W1 "$@" | grep transmitted | sed 's/, time.*//'; count; }
say forwarding off; p 10.0.2.2
r sysctl -qw net.ipv4.ip_forward=1
say on; p 10.0.2.2
say foreign source, no filter; ip -n h1 addr add 10.0.2.99/32 dev eth0; ip -n h1 addr add 172.16.0.1/32 dev eth0
p -I 10.0.2.99 10.0.2.2; p -I 172.16.0.1 10.0.2.2
r sysctl -qw net.ipv4.conf.eth1.rp_filter=1
say strict; p -I 10.0.2.99 10.0.2.2; p -I 172.16.0.1 10.0.2.2; p 10.0.2.2
r sysctl -qw net.ipv4.conf.eth1.rp_filter=2
say loose; p -I 10.0.2.99 10.0.2.2; p -I 172.16.0.1 10.0.2.2
r sysctl -qw net.ipv4.conf.eth1.rp_filter=0 net.ipv4.conf.all.rp_filter=1
say strict for all; p -I 10.0.2.99 10.0.2.2
ip -n r route add default via 10.0.2.2
r sysctl -qw net.ipv4.conf.all.rp_filter=2; say loose with a default route; p -I 172.16.0.1 10.0.2.2
r sysctl -qw net.ipv4.conf.all.rp_filter=0
say "the router's own address as source"; ip -n h1 addr add 10.0.2.1/32 dev eth0; p -I 10.0.2.1 10.0.1.1
r sysctl -qw net.ipv4.conf.eth1.accept_local=1; say accept_local; p -I 10.0.2.1 10.0.1.1
say broadcast source; ip -n h1 addr add 10.0.1.255/32 dev eth0; p -I 10.0.1.255 10.0.1.1
say loopback destination; ip -n h1 route add 127.5.0.0/16 via 10.0.1.1; p 127.5.0.1
say "an address of the other side"; p 10.0.2.1
r sysctl -qw net.ipv4.conf.eth1.forwarding=0; say forwarding off on eth1; p 10.0.2.2; p 10.0.2.1
r sysctl net.ipv4.ip_forward net.ipv4.conf.all.forwarding net.ipv4.conf.eth1.forwarding net.ipv4.conf.eth2.forwarding
