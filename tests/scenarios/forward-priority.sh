# ip_forward_update_priority: a forwarded packet's priority is that of its TOS, or stays what it was; seen in the tags of a VLAN.
exec 2>&1
for n in h r d; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns h address 02:00:00:00:00:01 type veth peer name e0 netns r address 02:00:00:00:00:02
ip link add e1 netns r address 02:00:00:00:00:03 type veth peer name e0 netns d address 02:00:00:00:00:04
for x in h:e0 r:e0 r:e1 d:e0; do ip -n ${x%:*} link set ${x#*:} up; done
# What comes by VLAN 4 has the priority that its tag says, and what goes by VLAN 5 a tag of its priority.
for n in h r; do ip -n $n link add link e0 name v4 type vlan id 4 egress-qos-map 0:0 2:2 4:4 6:6; ip -n $n link set v4 up; done
ip -n r link set v4 type vlan ingress-qos-map 2:4 4:6 6:2
ip -n r link add link e1 name v5 type vlan id 5 egress-qos-map 0:0 1:1 2:2 3:3 4:4 5:5 6:6 7:7; ip -n d link add link e0 name v5 type vlan id 5; ip -n r link set v5 up; ip -n d link set v5 up
ip -n h addr add 10.0.0.1/24 dev v4; ip -n r addr add 10.0.0.2/24 dev v4; ip -n r addr add 10.1.0.2/24 dev v5; ip -n d addr add 10.1.0.4/24 dev v5
ip -n h route add default via 10.0.0.2; ip -n d route add default via 10.1.0.2; ip netns exec r sysctl -qw net.ipv4.ip_forward=1
ip netns exec h ping -c1 -W1 10.1.0.4 >/dev/null
ip netns exec d tcpdump --immediate-mode -Ueni e0 -w r.pcap "vlan 5 and icmp[0] == 8" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
for v in 1 0; do ip netns exec r sysctl -w net.ipv4.ip_forward_update_priority=$v
for q in 0 8 16 24 4 0xfc; do ip netns exec h ping -c1 -W1 -Q $q 10.1.0.4 | sed -n 's/bytes from.*time.*/answered/p'; done; done
: of this host itself: by TOS, or as it says
ip netns exec r ping -c1 -W1 -Q 16 10.1.0.4 | sed -n 's/bytes from.*time.*/answered/p'
ip netns exec r python3 - <<'P'
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
for prio in (0, 1, 3, 5, 7, 9):
    s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, prio); s.sendto(b"\x08\0\xf7\xff" + bytes(4), ("10.1.0.4", 0)); time.sleep(0.05)
P
{ sleep 0.3; kill %1; wait; } 2>/dev/null
