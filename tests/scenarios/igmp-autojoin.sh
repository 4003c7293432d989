# Addresses that join their own group, and link-layer groups from `ip maddr`: what devices listen to, what is reported.
exec 2>&1
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up
until [ "$(ip -o link show v0 | grep -c 'state UP')" = 1 ]; do sleep 0.05; done
tcpdump -qUni v1 -w reports.pcap igmp 2>/dev/null & T=$!
until [ -s reports.pcap ]; do sleep 0.05; done
show() { sed 's/[01]:[0-9A-F]\{8\}/T/' /proc/net/igmp; cat /proc/net/dev_mcast; ip maddr; }
wait_for() { until [ "$(tcpdump -nr reports.pcap 2>/dev/null | grep -c igmp)" -ge $1 ]; do sleep 0.1; done; }
echo "# groups of devices that are up"; show
echo "# joined"; ip addr add 239.1.2.3/32 dev v0 autojoin; echo $?; show
wait_for 2
echo "# wrong"
ip addr add 239.1.2.3/32 dev v0 autojoin; echo $?
ip addr add 239.1.2.3/24 dev v0 autojoin; echo $?
ip addr add 10.1.2.3/24 dev v0 autojoin; echo $?
ip addr show dev v0
echo "# left"; ip addr del 239.1.2.3/32 dev v0; show
wait_for 4
echo "# as many as sockets may"; sysctl -qw net.ipv4.igmp_max_memberships=2
for i in 1 2 3; do ip addr add 239.9.9.$i/32 dev v0 autojoin; echo $?; done; grep -c EF /proc/net/igmp
echo "# link layer"
M() { ip maddr "$@"; echo $?; }
M add 01:00:5e:00:00:05 dev v0; M add 01:00:5e:00:00:05 dev v0; cat /proc/net/dev_mcast; ip maddr show dev v0
M add 01:00:5e:00:00:05 dev lo; M del 01:00:5e:00:00:06 dev v0; M del 01:00:5e:00:00:05 dev v0; M del 01:00:5e:00:00:05 dev v0
M del 01:00:5e:00:00:01 dev v0
ip link add g0 type gre local 10.0.0.1 remote 10.0.0.2; ip addr add 10.9.0.1/24 dev g0; ip link set g0 up
ip link add d0 address 02:00:00:00:00:05 type dummy; ip link set d0 up; ip link add br0 address 02:00:00:00:00:06 type bridge; ip link set br0 up
for d in g0 d0 br0; do M add 01:00:5e:00:00:05 dev $d; done
cut -c3- /proc/net/dev_mcast; for d in g0 d0 br0; do ip maddr show dev $d | cut -d: -f2-; done
echo "# down"; ip link set v0 down; cut -c3- /proc/net/dev_mcast | grep v0; grep -A2 v0 /proc/net/igmp
echo "# up"; ip link set v0 up; cut -c3- /proc/net/dev_mcast | grep v0; grep -A2 v0 /proc/net/igmp | sed 's/[01]:[0-9A-F]\{8\}/T/'
kill $T; wait
tcpdump -nr reports.pcap 2>/dev/null | head -4 | cut -d' ' -f2-; rm reports.pcap
