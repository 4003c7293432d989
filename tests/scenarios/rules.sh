# Policy rules.
exec 2>&1
PS4="# "
set -x
ip rule add from 10.0.0.0/8 table 300 pref 10
ip rule add fwmark 5 lookup main
ip rule add from 10.0.0.0/8 table 300 pref 10
ip rule
ip rule del pref 11
ip rule del pref 10
ip rule
