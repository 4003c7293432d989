# ping's own options between two hosts: sizes, ttl, tos, patterns, broadcast, fragments, several at once.
exec 2>&1
ip netns add b
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1 netns b
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set lo up
ip -n b addr add 10.0.0.2/24 dev v1; ip -n b link set v1 up; ip -n b link set lo up; sleep 0.3
try() { echo "# $*"; "$@"; echo "($?)"; }
try ping -c1 -W1 -s 0 10.0.0.2
try ping -c1 -W1 -s 8 10.0.0.2
try ping -c1 -W1 -s 1472 -M do 10.0.0.2
try ping -c1 -W1 -s 1473 -M do 10.0.0.2
try ping -c1 -W1 -s 1473 10.0.0.2
try ping -c1 -W1 -s 65507 10.0.0.2
try ping -c1 -W1 -s 65508 10.0.0.2
try ping -c1 -W1 -t 1 10.0.0.2
try ping -c1 -W1 -t 0 10.0.0.2
try ping -c1 -W1 -Q 0x10 10.0.0.2
try ping -c1 -W1 -p ff00 10.0.0.2
try ping -c1 -W1 -m 7 10.0.0.2
try ping -c3 -i 0.2 -q 10.0.0.2
try ping -c1 -W1 -I v0 10.0.0.2
try ping -c1 -W1 -I 10.0.0.1 10.0.0.2
try ping -c1 -W1 -I lo 10.0.0.2
try ping -c1 -W1 -L -b 10.0.0.255
try ping -c1 -W1 10.0.0.255
ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0
try ping -c1 -W1 -b 10.0.0.255
try ping -c1 -W1 -b 255.255.255.255
try ping -c1 -W1 224.0.0.1
try ping -c1 -W1 -I v0 224.0.0.1
ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_all=1
try ping -c1 -W1 10.0.0.2
nstat -az 2>/dev/null | awk '/^(Ip|Icmp)[A-Z]/ && $2 > 0 {print $1, $2}' 
ip netns exec b nstat -az 2>/dev/null | awk '/^(Ip|Icmp)[A-Z]/ && $2 > 0 {print $1, $2}'
ip -s link show v0
