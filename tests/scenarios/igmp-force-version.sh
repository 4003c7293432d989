# A version that is forced, for all devices or one, and how long reports are apart.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/igmp.sh"
conf() { H sysctl -qw net.ipv4.conf.$1; echo $?; }
C="igmpv2_unsolicited_report_interval=50 igmpv3_unsolicited_report_interval=50"; for c in $C; do conf eth0.$c; done
m z join 239.0.0.1 10.0.0.1; told 0.4
for where in all eth0; do for v in 1 2 3 0; do
  echo "# $where $v"; conf $where.force_igmp_version=$v; m a join 239.1.1.1 10.0.0.1; told 0.3; filters | grep eth0
  query 2 1 239.0.0.1; told 0.3; m a close; told 0.3
done; done
echo "# values"; for v in -1 4 x; do conf eth0.force_igmp_version=$v; H sysctl net.ipv4.conf.eth0.force_igmp_version; done
for v in 0 -1 x; do conf eth0.igmpv3_unsolicited_report_interval=$v; H sysctl net.ipv4.conf.eth0.igmpv3_unsolicited_report_interval; done
no_more_members
