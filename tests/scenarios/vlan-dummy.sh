# On a device that can't take a tag beside a packet, the tag is in the frame, for who looks on there.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
ip link add d0 address 02:00:00:00:00:0d type dummy; ip link set d0 up
ip link add link d0 name d0.3 type vlan id 3; ip link set d0.3 up; ip addr add 10.0.3.1/24 dev d0.3
ip link add link d0.3 name d0.3.4 type vlan id 4 proto 802.1ad; ip link set d0.3.4 up; ip addr add 10.0.4.1/24 dev d0.3.4
ip link add link d0 name d0.9 type vlan id 9 reorder_hdr off; ip link set d0.9 up; ip addr add 10.0.9.1/24 dev d0.9
. "$kit/silent.sh"
filter="icmp or (vlan and icmp) or (vlan and vlan and icmp)"
for d in d0 d0.3 d0.3.4 d0.9; do capture $d; done
set -x
ip link set d0.3 type vlan egress-qos-map 0:2 6:6
ping -qc1 -W0.2 10.0.3.2 | grep -o '[0-9] received'
ping -qc1 -W0.2 -Q 0x10 10.0.3.2 | grep -o '[0-9] received'
ping -qc1 -W0.2 10.0.4.2 | grep -o '[0-9] received'
ping -qc1 -W0.2 10.0.9.2 | grep -o '[0-9] received'
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
ip -s link show d0; ip -s link show d0.3; ip -s link show d0.3.4; ip -s link show d0.9
ip -d link show d0.3 | grep -o 'tso_max_size [0-9]*'
