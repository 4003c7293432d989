# The second implementation of the tools: busybox, with ioctls and /proc where iproute2 uses netlink.
exec 2>&1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
busybox ip addr add 10.0.0.1/24 dev v0
busybox ip link set v0 up
busybox ip link set v1 up
busybox ip link set lo up
echo "# ip addr"; busybox ip addr show v0
echo "# ip route"; busybox ip route
echo "# ping"; busybox ping -c 2 10.0.0.1 | grep -c 'bytes from 10.0.0.1'
echo "# ifconfig"; busybox ifconfig v0 | head -n 3
busybox ifconfig v1 192.168.5.5 netmask 255.255.255.0
busybox ip route show dev v1
echo "# route"; busybox route -n
ip neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0 nud permanent
echo "# arp"; busybox arp -an
echo "# netstat"; busybox netstat -rn | tail -n +3
