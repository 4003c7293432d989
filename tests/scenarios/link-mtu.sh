# What a device's MTU may be, and what a change does to addresses and routes.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
set -x
for mtu in 0 1 67 68 1499 65535 65536 -5 x; do ip link set d0 mtu $mtu; cat /sys/class/net/d0/mtu; done
for mtu in 67 68 65535 65536; do ip link set v0 mtu $mtu; cat /sys/class/net/v0/mtu; done
cat /sys/class/net/v1/mtu
for mtu in 67 1280 65536 70000 2147483648; do ip link set lo mtu $mtu; cat /sys/class/net/lo/mtu; done
ip link add d1 mtu 60 type dummy
ip link add d1 mtu 9000 type dummy
ip -d link show d1 | sed 's,ether [^ ]*,ether X,'
echo 1300 > /sys/class/net/d0/mtu; ip -br link show d0
echo 20 > /sys/class/net/d0/mtu
echo x > /sys/class/net/d0/mtu
ip link set d0 mtu 40
ip addr show d0
ip route show table all
ip link set d0 mtu 67
ip addr show d0
