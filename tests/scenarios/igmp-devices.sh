# Groups and devices that go down, change their name, move or go for good; sources of reports without addresses.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
groups() { H sed 's/1:[0-9A-F]\{8\}/1:T/' /proc/net/igmp | cut -f2-; H cat /proc/net/dev_mcast | cut -d' ' -f2-; }
m a join 239.1.1.1 10.0.0.1; told 0.4; m a join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4; groups
echo "# down"; ip -n h link set eth0 down; told 0.3; groups
m a join 239.1.1.3 10.0.0.1; m a leave 239.1.1.1 10.0.0.1; groups; told 0.4
echo "# up"; ip -n h link set eth0 up; told 0.5; groups
echo "# without the carrier"; ip -n r link set eth0 down; sleep 0.2; m a join 239.1.1.4 10.0.0.1; groups; told 0.4; m a leave 239.1.1.4 10.0.0.1; told 0.4; ip -n r link set eth0 up; told 0.5
echo "# another name"; ip -n h link set eth0 down; ip -n h link set eth0 name lan0; ip -n h link set lan0 up; told 0.5; groups
echo "# without an address"; ip -n h addr flush dev lan0; m a join 239.1.1.5 0.0.0.0; ip -n h route add 239.0.0.0/8 dev lan0; m a join 239.1.1.5 0.0.0.0; told 0.4
ip -n h addr add 127.1.1.1/32 dev lo; ip -n h addr add 10.7.7.7/32 dev lo; m a join 239.1.1.6 0.0.0.0; told 0.4; ip -n h addr add 10.0.0.1/24 dev lan0
echo "# MTU below that of IPv4"; ip -n h link set lan0 mtu 67 ; groups; ip -n h link set lan0 mtu 1500; groups; ip -n h addr add 10.0.0.1/24 dev lan0; m a join 239.1.1.7 10.0.0.1; groups; told 0.4
echo "# away"; ip -n h link set lan0 netns r; groups; m a leave 239.1.1.7 10.0.0.1; m a leave 239.1.1.7 0.0.0.0
ip -n r link set lan0 netns h; groups; m a leave 239.1.1.7 10.0.0.1
echo "# gone"; ip -n h addr add 10.0.0.1/24 dev lan0; ip -n h link set lan0 up; m b join 239.1.1.8 10.0.0.1; groups; ip -n h link del lan0; groups; m b leave 239.1.1.8 0.0.0.0; m b close
no_more_members
