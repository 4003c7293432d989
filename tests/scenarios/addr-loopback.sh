# The loopback device: what comes with it, pings to all of 127/8, and to addresses of other devices.
exec 2>&1
PS4="# "
ping="ping -c1 -W1"
set -x
ip addr show lo; ip route show table all
$ping 127.0.0.1
ip link set lo up
ip addr show lo; ip route show table all
$ping 127.0.0.1
$ping 127.1.2.3
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip addr add 10.0.0.1/24 dev d0
$ping 10.0.0.1
ip link set d0 up
$ping 10.0.0.1
ip addr add 10.9.0.1/16 dev lo
ip route show table all
$ping 10.9.3.4
ip link set lo down
$ping 10.0.0.1
ip link set lo up
ip route show table local
ip addr del 127.0.0.1/8 dev lo
$ping 127.0.0.1
ip -s link show lo
