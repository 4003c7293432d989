# Reports of joins, leaves and source filters by IGMPv3, each as often as robustness wants.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
echo "# any source"; m a join 239.1.1.1 10.0.0.1; told 0.4; m b join 239.1.1.1 10.0.0.1; told 0.2; filters
m a leave 239.1.1.1 10.0.0.1; told 0.2; m b close; told 0.4; filters
echo "# some sources"; m a join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4; m a join_source 239.1.1.2 10.0.0.1 10.9.0.2; told 0.4
m b join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.2; filters
m a leave_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.2; m b leave_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4; filters
m a leave_source 239.1.1.2 10.0.0.1 10.9.0.2; told 0.4; filters
echo "# blocked sources"; m a join 239.1.1.3 10.0.0.1; told 0.4; m a block 239.1.1.3 10.0.0.1 10.9.0.1; told 0.4; m a block 239.1.1.3 10.0.0.1 10.9.0.2; told 0.4; filters
m b join 239.1.1.3 10.0.0.1; told 0.4; m b block 239.1.1.3 10.0.0.1 10.9.0.1; told 0.4; filters
m a unblock 239.1.1.3 10.0.0.1 10.9.0.1; told 0.4; m b close; told 0.4; filters
echo "# both kinds"; m c join_source 239.1.1.3 10.0.0.1 10.9.0.2; told 0.4; filters; m a close; told 0.4; filters; m c close; told 0.4
echo "# whole filters"; m a join 239.1.1.4 10.0.0.1; told 0.4; m a msfilter 239.1.1.4 10.0.0.1 n:1 n:2 10.9.0.1 10.9.0.2; told 0.4; filters
m a msfilter 239.1.1.4 10.0.0.1 n:0 n:1 10.9.0.3; told 0.4; m a msfilter 239.1.1.4 10.0.0.1 n:0 n:0; told 0.4; m a msfilter 239.1.1.4 10.0.0.1 n:1 n:0; told 0.4; filters
no_more_members
