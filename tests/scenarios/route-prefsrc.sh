# Which source address: of the route, of the device's scope and prefix, of another device, given by the caller; secondary and link-local ones.
exec 2>&1
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; done
ip addr add 10.0.0.1/24 dev d0; ip addr add 10.0.0.2/24 dev d0; ip addr add 10.0.5.1/24 dev d0; ip addr add 169.254.1.1/16 dev d0 scope link; ip addr add 10.0.9.1/32 dev lo; ip addr add 10.99.0.1/24 dev d1 scope host
get() { echo "# $*"; ip route get "$@"; }
for a in 10.0.0.77 10.0.5.77 169.254.7.7 10.99.0.7 10.0.9.1 10.0.0.2 127.0.0.1; do get $a; done
ip route add 10.1.0.0/16 via 10.0.0.9; ip route add 10.2.0.0/16 via 10.0.5.9; ip route add 10.3.0.0/16 dev d0; ip route add 10.4.0.0/16 dev d0 src 10.0.0.2; ip route add 10.5.0.0/16 dev d0 src 10.0.9.1; ip route add 10.6.0.0/16 dev d1
ip route add 10.7.0.0/16 dev d2; ip route add 10.8.0.0/16 via 169.254.9.9; ip route add 10.9.0.0/16 dev d0 scope link src 10.0.5.1; ip route add 10.10.0.0/16 dev d1 src 10.99.0.1; ip route add 10.11.0.0/16 dev d0 src 10.0.0.99; ip route add 10.11.0.0/16 dev d0 src 127.0.0.1
ip route add 10.12.0.0/16 nexthop via 10.0.0.9 nexthop via 10.0.5.9; ip route add 10.13.0.0/16 src 10.0.9.1 nexthop via 10.0.0.9 nexthop via 10.0.5.9
ip route
for a in 10.1.0.1 10.2.0.1 10.3.0.1 10.4.0.1 10.5.0.1 10.6.0.1 10.7.0.1 10.8.0.1 10.9.0.1 10.10.0.1; do get $a; get $a from 10.0.0.2; get $a oif d0; get $a from 10.0.9.1 oif d1; done
get 10.1.0.1 from 10.0.0.66; get 10.1.0.1 from 127.0.0.1; get 10.1.0.1 from 0.0.0.0; get 10.1.0.1 from 255.255.255.255; get 10.1.0.1 from 224.0.0.1
get 224.0.0.5; get 224.0.0.5 oif d0; get 239.1.1.1 oif d0; get 239.1.1.1 oif d2; get 255.255.255.255; get 255.255.255.255 oif d0; get 10.0.0.255; get 10.0.5.255
echo "# as addresses go"
ip addr del 10.0.0.1/24 dev d0; ip addr show d0 | grep -o 'inet .*'; for a in 10.1.0.1 10.3.0.1 10.4.0.1 10.2.0.1; do get $a; done
ip addr add 10.0.0.1/24 dev d0; get 10.3.0.1; ip addr del 10.0.5.1/24 dev d0; get 10.3.0.1; get 10.9.0.1; ip addr flush dev d0; get 10.3.0.1; ip route; ip addr add 10.0.77.1/24 dev d1; get 10.7.0.1; get 10.6.0.1
