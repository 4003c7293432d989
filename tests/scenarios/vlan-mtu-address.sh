# MTU, address and promiscuity between a VLAN device and the one below.
exec 2>&1
PS4="# "
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
ip link set eth0 up; ip link set eth1 up
for i in 5 6; do ip link add link eth0 name v$i type vlan id $i; done
ip link set v5 up
d() { { local -; set +x; } 2>/dev/null; ip -d link show $1 | sed -n 's/.*\(link.ether.*\)maxmtu.*/\1/p; s/.*\(mtu [0-9]*\).*qdisc.*/\1/p'; }
set -x
ip link set v5 mtu 1501
ip link set eth0 mtu 1300; ip link | grep -o '^[0-9].*mtu [0-9]*'
ip link set eth0 mtu 1600; ip link | grep -o '^[0-9].*mtu [0-9]*'
ip link set v5 mtu 1600; ip link set v5 mtu 1601; ip link set v5 mtu 0; ip link set v5 mtu 70000
ip link set eth0 address 02:00:00:00:00:0a; d v5; d v6
ip link set v6 up; d v6
ip link set v5 address 02:00:00:00:00:0b; d v5; d eth0
ip link set eth0 address 02:00:00:00:00:0c; d v5; d v6
ip link set eth0 address 02:00:00:00:00:0b; d eth0; d v5
ip link set eth0 address 02:00:00:00:00:0d; d eth0; d v5
ip link set v5 down; d eth0; ip link set v5 up; d eth0
ip link set v5 address 02:00:00:00:00:0d; d eth0; d v5
ip link set v5 address 00:00:00:00:00:00; ip link set v5 address 01:00:00:00:00:00
ip link set v6 promisc on; d eth0; ip link set v6 promisc off; d eth0
ip link set v6 allmulticast on; ip link set v6 down; d eth0; ip link set v6 allmulticast off; d eth0
ip link set v6 down; ip link set v6 promisc on; d eth0; ip link del v6; d eth0
ip link add link eth0 name v7 address 02:00:00:00:00:33 broadcast ff:ff:ff:ff:ff:00 mtu 100 type vlan id 7; ip link show v7
ip link set v7 mtu 60; ip link set v7 up; ip addr add 10.9.0.1/24 dev v7
