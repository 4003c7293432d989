# The files of /proc/net and /sys/class/net that tools read, after some traffic.
exec 2>&1
PS4="# "
ip netns add b
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1 netns b
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set lo up
ip -n b addr add 10.0.0.2/24 dev v1; ip -n b link set v1 up; sleep 0.3
ping -c2 -i 0.2 -q 10.0.0.2 >/dev/null; ip route add default via 10.0.0.2
set -x
cat /proc/net/dev
cat /proc/net/arp
cat /proc/net/route
cat /proc/net/raw /proc/net/udp /proc/net/icmp
cat /proc/net/dev_mcast | sed 's/  */ /g'
cat /proc/net/igmp | grep -v '^3' | sed 's/[0-9A-F]*:[0-9A-F]* /T /' | head -4
grep -E '^(Ip|Icmp):' /proc/net/snmp
arp -n; arp -an; route -n; netstat -rn; netstat -i; ifconfig v0
for f in addr_len address broadcast carrier dev_id dev_port dormant duplex flags ifalias ifindex iflink link_mode mtu name_assign_type netdev_group operstate proto_down speed tx_queue_len type; do echo $f "$(cat /sys/class/net/v0/$f 2>&1)"; done
for f in rx_packets tx_packets rx_bytes tx_bytes multicast collisions; do echo $f "$(cat /sys/class/net/v0/statistics/$f 2>&1)"; done
ls /sys/class/net/v0/statistics | xargs
readlink /sys/class/net/v0 | sed 's,.*devices,devices,'
