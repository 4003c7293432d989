# Among IGMPv1 queriers: reports, no leaving; then version 2 as well.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv2_unsolicited_report_interval=50 net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4
echo "# a querier"; query 1 0 0.0.0.0; filters | grep -c '1:T'; filters | grep eth0
# Waits for a report, which comes within ten seconds, after as many as there were before.
reported() { until [ "$(grep -c 'v1 report 239.1.1.1' heard)" -gt "$1" ]; do sleep 0.1; done; told 0; }
reported 0
echo "# join and leave"; m b join 239.1.1.3 10.0.0.1; told 0.4; m b leave 239.1.1.3 10.0.0.1; told 0.3
echo "# later ones have to wait"; query 2 1 0.0.0.0; told 0.4; filters | grep eth0
echo "# as do those to version 3"; before=$(grep -c 'v1 report 239.1.1.1' heard); query 3 1 239.1.1.1 2 125; reported "$before"
echo "# down and up"; ip -n h link set eth0 down; filters; ip -n h link set eth0 up; told 0.5; filters
no_more_members
