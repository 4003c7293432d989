# An address goes that routes prefer as their source: they go with it, refusals too, and listeners hear of each. A
# broadcast route keeps its gateway.
exec 2>&1
PS4="# "
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip route add 10.7.0.0/24 via 10.0.1.2 src 10.0.0.1
ip route add 10.7.0.0/16 via 10.0.1.2 src 10.0.0.1
ip route add 10.6.0.0/24 via 10.0.1.2 src 10.0.0.1
ip route add 10.66.0.0/24 via 10.0.1.2 src 10.0.0.1
ip route add 10.6.0.0/24 via 10.0.1.3 src 10.0.0.1 metric 3
ip route add unreachable 10.5.0.0/24 src 10.0.0.1
ip route add broadcast 10.8.0.0/24 dev d0
ip addr add 10.0.0.9/32 dev d0
ip monitor route > mon &
sleep 0.5
set -x
ip addr del 10.0.0.1/24 dev d0
ip route show
ip route get 10.8.0.1
ip route get fibmatch 10.8.0.1
sleep 0.5; kill %1; wait
cat mon
