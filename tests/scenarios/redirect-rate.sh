# Redirects are sent less and less often to a sender who doesn't heed them, and not at all where they are off.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/better_router.sh"
c() { echo "# $*"; ip netns exec r1 nstat -az | awk '/IcmpOutRedirects|IpForwDatagrams/ {print $1, $2}'; }
H sysctl -qw net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0
H ping -q -c1 -W1 10.2.0.4 | grep received | sed 's/, time.*//'; c the first
sleep 0.3; H ping -q -i 0.002 -c 2 -W1 10.2.0.4 | grep received | sed 's/, time.*//'; c at once
sleep 0.4
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c after a while
ip netns exec r1 sysctl -qw net.ipv4.conf.all.send_redirects=0; sleep 1
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c all off, the device on
ip netns exec r1 sysctl -qw net.ipv4.conf.eth0.send_redirects=0; sleep 1
H ping -q -c1 -W1 10.2.0.4 >/dev/null; c off
