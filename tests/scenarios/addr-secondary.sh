# Primary and secondary addresses: which takes over when the primary goes, with and without promote_secondaries.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
fill() { for i in 1 2 3; do ip addr add 10.0.0.$i/24 dev d0; done; ip addr add 10.0.0.4/16 dev d0; ip addr add 10.0.0.5/25 dev d0; }
set -x
sysctl net.ipv4.conf.d0.promote_secondaries
fill 2>/dev/null; ip addr show d0; ip route
ip addr del 10.0.0.1/24 dev d0; ip addr show d0; ip route show table all
ip addr flush dev d0
sysctl -w net.ipv4.conf.d0.promote_secondaries=1
fill 2>/dev/null
ip addr del 10.0.0.1/24 dev d0; ip addr show d0; ip route show table all
ip addr del 10.0.0.3/24 dev d0; ip addr del 10.0.0.2/24 dev d0
ip addr show d0; ip route show table all
ip addr flush dev d0 primary; ip addr show d0
ip addr flush dev d0 secondary; ip addr show d0
