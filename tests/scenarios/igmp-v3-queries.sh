# Queries of IGMPv3: general ones, of groups and of sources, and what a querier tells of its settings.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
H sysctl -qw net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval=50
m a join 239.1.1.1 10.0.0.1; told 0.4; m a join_source 239.1.1.2 10.0.0.1 10.9.0.1; told 0.4
m a join_source 239.1.1.2 10.0.0.1 10.9.0.2; told 0.4; m a join 239.1.1.3 10.0.0.1; told 0.4
m a block 239.1.1.3 10.0.0.1 10.9.0.1; told 0.4
echo "# general"; query 3 1 0.0.0.0 2 125; told 0.5
echo "# general, with a source"; query 3 1 0.0.0.0 2 125 10.9.0.1; told 0.4
for g in 1 2 3 4; do echo "# group $g"; query 3 1 239.1.1.$g 2 125; told 0.4; done
echo "# sources"; for s in 10.9.0.1 10.9.0.2 10.9.0.3 "10.9.0.1 10.9.0.3"; do
  for g in 1 2 3; do echo "## group $g of $s"; query 3 1 239.1.1.$g 2 125 $s; told 0.3; done; done
echo "# longer, then sooner"; query 3 255 239.1.1.1 2 125; query 3 1 239.1.1.1 2 125; told 0.4
echo "# robustness 4"; query 3 1 239.9.9.9 4 125; m b join 239.1.1.9 10.0.0.1; told 0.6
echo "# robustness 0: our own"; query 3 1 239.9.9.9 0 125; m b leave 239.1.1.9 10.0.0.1; told 0.6
H sysctl -qw net.ipv4.igmp_qrv=1; query 3 1 239.9.9.9 0 125; m b join 239.1.1.9 10.0.0.1; told 0.6
no_more_members
