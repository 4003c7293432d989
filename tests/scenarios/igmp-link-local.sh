# Groups of the link: 224.0.0.1 is never reported, others by igmp_link_local_mcast_reports.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
for v in 1 0; do echo "# $v"; H sysctl -qw net.ipv4.igmp_link_local_mcast_reports=$v
m a join 224.0.0.1 10.0.0.1; told 0.3; m a join 224.0.0.9 10.0.0.1; told 0.4; m a join 239.1.1.1 10.0.0.1; told 0.4
query 3 1 0.0.0.0 2 125; told 0.4; query 3 1 224.0.0.9 2 125; told 0.4; query 3 1 224.0.0.1 2 125; told 0.3; filters
m a leave 224.0.0.9 10.0.0.1; told 0.4; m a close; told 0.4; done
no_more_members
