# The order of rules: given and chosen priorities, equal ones, replacing, deleting one of several, gaps, jumps over what isn't there, flush and save.
exec 2>&1
PS4="# "
ip link set lo up
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
for t in 100 101 102 103; do ip route add 10.9.0.0/16 via 10.0.0.$((t - 90)) table $t; done
set -x
ip rule add lookup 100; ip rule add lookup 101; ip rule add lookup 102 prio 32760; ip rule add from 10.0.0.1 lookup 103; ip rule
ip rule add lookup 100 prio 0; ip rule add lookup 101 prio 0; ip rule; ip route get 10.9.1.1; ip route get 10.0.0.1
ip rule del prio 0; ip rule; ip rule del prio 0 lookup 101; ip rule del prio 0; ip rule; ip rule add lookup local prio 0
ip rule add prio 4294967295 lookup 103; ip rule add prio 4294967296 lookup 103; ip rule add prio 32766 lookup 100; ip rule add prio 32767 lookup 101; ip rule
ip rule add lookup 100 prio 32765; ip rule add lookup 100 prio 32765; ip rule add lookup 101 prio 32765; ip rule del prio 32765; ip rule del prio 32765; ip rule del prio 32765
ip rule add goto 500 prio 100; ip rule add lookup 100 prio 200; ip rule; ip route get 10.9.1.1
ip rule add lookup 103 prio 500; ip rule; ip route get 10.9.1.1; ip rule del prio 500; ip rule; ip route get 10.9.1.1
ip rule add nop prio 500; ip rule; ip route get 10.9.1.1
ip rule add goto 50 prio 100; ip rule add goto 100 prio 100; ip rule add goto 0 prio 1; ip rule add goto 4294967295 prio 99; ip rule
ip rule save >rules; ip rule flush; ip rule; ip route get 10.9.1.1; ip route get 10.0.0.1
ip rule restore <rules; ip rule
ip rule flush; ip rule add lookup main; ip rule add lookup local prio 0; ip rule; ip route get 10.0.0.1
ip rule add from all to 10.9.0.0/16 lookup 101 prio 7 protocol 77; ip rule add from all to 10.9.0.0/16 lookup 102 prio 6 protocol static; ip rule show protocol 77; ip rule show to 10.9.0.0/16; ip rule show prio 6; ip rule show table 101; ip rule show from 10.0.0.0/8
ip rule flush protocol 77; ip rule
