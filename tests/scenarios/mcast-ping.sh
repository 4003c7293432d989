# ping to groups: who answers, by which device, with which TTL.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/switch.sh" a b c
ports_up 3
for n in a b c; do for m in a b c; do ip netns exec $n ping -c1 -W2 10.0.0.$(case $m in a) echo 1;; b) echo 2;; c) echo 3;; esac) >/dev/null; done; done
P() { echo "## ping $*"; ip netns exec a ping -n "$@" | sed 's/time=[0-9.]* ms/time=T/; s/ (DUP!)//' | grep -v '^rtt\|^$\|transmitted\|statistics\|^PING' | sort; }
echo "# nobody answers"; P -c1 -W0.3 224.0.0.1; P -c1 -W0.3 -I eth0 224.0.0.1; P -c1 -W0.3 -I 10.0.0.1 224.0.0.1
for n in a b c; do ip netns exec $n sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0; done
echo "# all answer"; P -w1 -i2 -I eth0 224.0.0.1; P -w1 -i2 -L -I eth0 224.0.0.1
P -w1 -i2 -t 3 -s 1000 -I eth0 224.0.0.1; P -b -w1 -i2 10.0.0.255; P -b -w1 -i2 -I eth0 255.255.255.255
echo "# a group"; ip -n b addr add 239.1.1.1/32 dev eth0 autojoin; P -w1 -i2 -I eth0 239.1.1.1
ip -n a route add 239.0.0.0/8 dev eth0 src 10.0.0.1; P -w1 -i2 239.1.1.1; ip -n a addr add 239.1.1.1/32 dev eth0 autojoin; P -w1 -i2 239.1.1.1
ip -n a route get 239.1.1.1 | grep -v cache; ip -n a route get 239.1.1.2; ip -n a route get 224.0.0.5; ip -n a route get 224.0.0.5 oif eth0; ip -n a route get 224.0.0.5 from 10.0.0.1; ip -n a route get 239.1.1.1 from 10.0.0.2 iif eth0; ip -n a route get 239.1.1.9 from 10.0.0.2 iif eth0
