# Two hosts on VLANs of one cable: who hears whom, counters, captures on both devices.
exec 2>&1
PS4="# "
ip netns add h
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 netns h address 02:00:00:00:00:02
ip link set eth0 up; ip -n h link set eth1 up
for i in 5 6; do
  ip link add link eth0 name v$i type vlan id $i; ip addr add 10.0.$i.1/24 dev v$i; ip link set v$i up
  ip -n h link add link eth1 name v$i type vlan id $i; ip -n h addr add 10.0.$i.2/24 dev v$i; ip -n h link set v$i up
done
capture() { { local -; set +x; } 2>/dev/null; ip netns exec $1 tcpdump --immediate-mode -Uni $2 -w $3.pcap icmp or \(vlan and icmp\) >/dev/null 2>$3.err & for _ in $(seq 100); do grep -qs listening $3.err 2>/dev/null && return; sleep 0.05; done; }
ip netns add self; 
set -x
ping -qc2 -i0.1 -W1 10.0.5.2 | grep -o '[0-9] received'
ping -qc1 -W1 10.0.6.2 | grep -o '[0-9] received'
ip neigh | sed "s, [A-Z]*$,," | sort
ip -s link show v5; ip -s link show eth0; ip -n h -s link show v5
cat /proc/net/vlan/v5
capture h eth1 wire; capture h v5 inside
ping -qc1 -W1 10.0.5.2 | grep -o '[0-9] received'
ping -qc1 -W1 -s 1600 10.0.6.2 | grep -o '[0-9] received'
ip link set v6 type vlan egress-qos-map 0:5; ping -qc1 -W1 10.0.6.2 | grep -o '[0-9] received'
ip -n h link set v5 down; ping -qc1 -W1 10.0.5.2 | grep -o '[0-9] received'
{ sleep 0.3; kill $(jobs -p); wait; } 2>/dev/null
tcpdump -etnr wire.pcap 2>/dev/null | sed 's/ id [0-9]*,/ id N,/'
ip -s -s -n h link show eth1 | grep -A1 otherhost
