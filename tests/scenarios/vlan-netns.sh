# A VLAN device in another namespace than the one below it.
exec 2>&1
PS4="# "
ip netns add h; ip netns add k
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 netns h address 02:00:00:00:00:02
ip link set eth0 up; ip -n h link set eth1 up
state() { { local -; set +x; } 2>/dev/null; for _ in $(seq 100); do [ "$(ip netns exec $1 cat /sys/class/net/$2/operstate)" = "$3" ] && return; sleep 0.05; done; }
set -x
ip link add link eth0 name va type vlan id 5
ip link set va netns k
ip -n k link; ip -n k -d link show va | sed 's/numrxqueues 1 //'
ip -n k link set va up; ip -n k addr add 10.0.0.1/24 dev va
ip -n h link add link eth1 name vb type vlan id 5; ip -n h link set vb up; ip -n h addr add 10.0.0.2/24 dev vb
ip netns exec k ping -qc1 -W1 10.0.0.2 | grep -o '[0-9] received'
ip link set eth0 down; ip -n k link show va
ip link set eth0 up; state k va up; ip -n k link show va
ip netns exec k cat /proc/net/vlan/config; cat /proc/net/vlan/config
ip link add link eth0 name vb netns k type vlan id 6
ip -n k link show vb
ip link add link eth0 name vc type vlan id 5
ip link set eth0 netns k; ip -n k link show va; ip -n k link show vb; ip link
ip -n k link set eth0 up; ip -n k link set va up; state k va up; ip netns exec k ping -qc1 -W1 10.0.0.2 | grep -o '[0-9] received'
ip -n k link set va netns 1; ip -n h link set vb netns k
ip -n k link show type vlan
ip netns del h; for _ in $(seq 40); do ip -n k link show eth0 >/dev/null 2>&1 || break; sleep 0.05; done
ip -n k link; ip link
