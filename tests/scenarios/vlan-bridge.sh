# Tags over a bridge that doesn't filter, VLANs on a bridge, and a VLAN device as a bridge's port.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
for h in a b; do ip netns add $h; done
ip link add br0 address 02:00:00:00:00:99 type bridge
for i in 1 2; do h=$(echo ab | cut -c$i)
  ip link add p$i address 02:00:00:00:01:0$i type veth peer name e netns $h address 02:00:00:00:02:0$i
  ip link set p$i master br0 up; ip -n $h link set e up
  ip -n $h link add link e name e.5 type vlan id 5; ip -n $h link set e.5 up; ip -n $h addr add 10.0.5.$i/24 dev e.5
  ip -n $h addr add 10.0.0.$i/24 dev e
done
ip link set br0 up
. "$kit/silent.sh"
filter="icmp or (vlan and icmp)"
state br0 up
set -x
ip netns exec a ping -qc1 -W1 10.0.5.2 | grep -o '[0-9] received'
ip netns exec a ping -qc1 -W1 10.0.0.2 | grep -o '[0-9] received'
ip link add link br0 name br0.5 type vlan id 5; ip link set br0.5 up; ip addr add 10.0.5.9/24 dev br0.5; state br0.5 up
ip -d link show br0.5 | sed 's/numrxqueues 1 //'
capture p1; capture br0; capture br0.5
ip netns exec a ping -qc1 -W1 10.0.5.9 | grep -o '[0-9] received'
ip netns exec a ping -qc1 -W1 10.0.5.2 | grep -o '[0-9] received'
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
ip link del br0.5
ip link add br1 address 02:00:00:00:00:98 type bridge; ip link set br1 up; ip addr add 10.0.5.8/24 dev br1
ip link set p1 nomaster; ip link add link p1 name p1.5 type vlan id 5; ip link set p1.5 master br1 up; state br1 up
ip netns exec a ping -qc1 -W1 10.0.5.8 | grep -o '[0-9] received'
ip -d link show p1 | grep -o 'promiscuity [0-9]*'
ip link set p1.5 type vlan reorder_hdr off
ip netns exec a ping -qc1 -W1 10.0.5.8 | grep -o '[0-9] received'
ip link set br1 master br0; ip link set p1.5 nomaster; ip -d link show p1 | grep -o 'promiscuity [0-9]*'
