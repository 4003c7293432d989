# VLAN devices made, shown, refused, changed, deleted with the device below them.
exec 2>&1
PS4="# "
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
set -x
ip link add link eth0 name eth0.5 type vlan id 5
ip -d link show eth0.5 | sed 's/numrxqueues 1 //'
ip link add link eth0 name eth0.5b type vlan id 5
ip link add link eth0 type vlan id 6
ip link add link eth0 name q0 type vlan proto 802.1ad id 7 reorder_hdr off gvrp on mvrp on loose_binding on ingress-qos-map 1:2 3:4 egress-qos-map 5:6 0:3
ip -d link show q0 | sed 's/numrxqueues 1 //'
ip link add link eth0 name x type vlan id 4096
ip link add link eth0 name x type vlan id 4095
ip link add link eth0 name x type vlan id 0
ip -d link show x | sed 's/numrxqueues 1 //'
ip link add link eth0 name y type vlan
ip link add name y type vlan id 8
ip link add link lo name y type vlan id 8
ip link add link nosuch name y type vlan id 8
ip link add link eth0 name y type vlan id 8 proto 0x800
ip link add link eth0 name y mtu 1600 type vlan id 8
ip link add link eth0 name y address 03:00:00:00:00:33 type vlan id 8
ip link add link eth0 name y mtu 1400 type vlan id 8 bridge_binding on
ip -d link show y | sed 's/numrxqueues 1 //'
ip link set y type vlan id 9
ip link set y type vlan reorder_hdr off
ip link set y type vlan proto 802.1ad
ip link set y type vlan ingress-qos-map 1:7 egress-qos-map 1:7 2:9
ip link set y type vlan ingress-qos-map 1:0 egress-qos-map 1:0
ip link set y type vlan ingress-qos-map 9:1
ip -d link show y | sed 's/numrxqueues 1 //'
cat /proc/net/vlan/config
cat /proc/net/vlan/eth0.5 /proc/net/vlan/y
cat /proc/net/vlan/nosuch
ls /proc/net/vlan
ip -br link; ip -br link show type vlan
ip link set eth0.5 name v5; ls /proc/net/vlan; ip link del x; ls /proc/net/vlan
ip link del eth0; ip -br link
cat /proc/net/vlan/config
