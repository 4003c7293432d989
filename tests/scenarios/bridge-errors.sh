# Bridges and ports that can't be, and settings of a bridge out of range.
exec 2>&1
PS4="# "
set -x
ip link add br0 address 02:00:00:00:00:01 type bridge
ip link add br1 address 02:00:00:00:00:02 type bridge
ip link add d0 address 02:00:00:00:00:03 type dummy
ip link add br0 type bridge
ip link set br1 master br0
ip link set br0 master br0
ip link set lo master br0
ip link set d0 master d0
ip link set d0 master nosuch
ip link set d0 master br0
ip link set d0 master br0
ip link set d0 master br1
bridge link
ip link set d0 nomaster
ip link set d0 nomaster
bridge link
ip link set d0 type bridge_slave cost 5
bridge link set dev d0 cost 5
ip link add d1 master br0 address 02:00:00:00:00:04 type dummy
bridge link
ip link set br0 type bridge ageing_time 100 forward_delay 400
ip link set br0 type bridge hello_time 50
ip link set br0 type bridge max_age 1
ip link set br0 type bridge priority 1
ip link set br0 type bridge group_fwd_mask 1
ip link set br0 type bridge group_fwd_mask 8
ip link set br0 type bridge group_address 01:80:c2:00:00:0f
ip link set br0 type bridge group_address 01:80:c2:00:00:01
ip link set br0 type bridge group_address 02:80:c2:00:00:01
ip link set br0 type bridge no_linklocal_learn 1
ip -d link show br0 | grep -oE '(forward_delay|hello_time|max_age|ageing_time|priority|bridge_id|group_fwd_mask|group_address|no_linklocal_learn) [^ ]*'
ip link set br0 address 01:00:00:00:00:01
ip link set br0 address 02:00:00:00:00:11
bridge fdb show br br0 | grep -v 01:00:5e
ip link set br0 mtu 67
ip link set br0 mtu 1300
ip link set d1 mtu 1200
ip link show br0
ip netns add other
ip link set br0 netns other
ip link set d1 netns other
bridge link
ip link del br0
ip -n other link show d1
