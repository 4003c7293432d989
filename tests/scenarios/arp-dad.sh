# Duplicate address detection by arping -D and -U/-A (RFC 5227): who answers a probe, what it learns, and how two hosts
# with one address get along.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
. "$kit/neighbour.sh"; v0_up
set -x
arping -D -c 1 -w 1 -I v0 10.0.0.2; echo $?
ip -n b neigh show nud all
arping -D -q -c 1 -w 1 -I v0 10.0.0.3; echo $?
arping -D -c 1 -w 1 -I v0 10.0.0.1; echo $?
: b takes our address
ip -n b addr add 10.0.0.1/24 dev v1
arping -D -c 1 -w 1 -I v0 10.0.0.1; echo $?
arping -q -U -c 1 -w 1 -I v0 10.0.0.1; echo $?
ip -n b neigh show nud all
arping -q -A -c 1 -w 1 -I v0 10.0.0.1; echo $?
ip -n b neigh show nud all
: a probe is not answered where arp_ignore forbids
ip netns exec b sysctl -w net.ipv4.conf.v1.arp_ignore=8
arping -D -q -c 1 -w 1 -I v0 10.0.0.2; echo $?
ip netns exec b sysctl -w net.ipv4.conf.v1.arp_ignore=0
: nor for what b merely stands in for
ip netns exec b sysctl -w net.ipv4.conf.v1.proxy_arp=1 net.ipv4.ip_forward=1 net.ipv4.neigh.v1.proxy_delay=0
ip -n b neigh add proxy 10.0.0.77 dev v1
arping -D -q -c 1 -w 1 -I v0 10.0.0.77; echo $?
