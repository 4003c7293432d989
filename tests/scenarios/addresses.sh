# Addresses: primary, secondary, labels, peers, broadcast, lifetimes, and what is refused.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
set -x
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.0.0.1/33 dev d0
ip addr del 10.0.0.7/24 dev d0
ip addr add 10.0.0.2/24 dev d0
ip addr add 10.0.0.3/24 brd + dev d0 label d0:x
ip addr add 192.168.1.1 peer 192.168.1.2 dev d0
ip addr add 10.7.0.1/31 dev d0
ip addr add 10.8.0.1/32 dev d0
ip addr add 10.9.0.1/24 dev d0 scope link 
ip addr show d0 | sed 's/valid_lft 100sec preferred_lft 50sec/OK/;s/valid_lft 99sec preferred_lft 49sec/OK/'
ip route
ip route show table local
ip addr del 10.0.0.1/24 dev d0
ip addr show d0
ip route
ip addr flush dev d0
ip addr show d0
ip -j -p addr show lo
