# Rules refused, deleted by what they say, listed by selector.
exec 2>&1
try() { "$@"; echo "$? <- ${*:2}"; }
ip link set lo up
try ip rule add
try ip rule add table 100
try ip rule add table 100
try ip rule add from 10.0.0.0/8 table 100 pref 5
try ip rule add from 10.0.0.0/8 table 100 pref 5
try ip rule add from 10.0.0.1/8 table 101 pref 6
try ip rule add from 10.0.0.0/33 table 100
try ip rule add from all lookup 0
try ip rule add from all goto 3 pref 7
try ip rule add from all goto 32766 pref 8
try ip rule add from all goto 40000 pref 9
try ip rule add from all goto 9 pref 9
try ip rule add iif averyveryverylongname table 3
try ip rule add tos 0x03 table 3
try ip rule add fwmark 1/0 table 3 pref 10
try ip rule add sport 5-3 table 3
try ip rule add sport 70000 table 3
try ip rule add dport 5 table 3 pref 11
try ip rule add ipproto icmp dport 5 table 3 pref 12
try ip rule add uidrange 9-3 table 3
try ip rule add from 10.0.0.0/8 l3mdev pref 13
try ip rule add priority 4294967295 table 3
try ip rule add priority 4294967296 table 3
try ip rule add pref 0 table 3
try ip rule add unreachable pref 14 suppress_prefixlength 3
try ip rule add table 3 suppress_ifgroup 5 pref 15
try ip rule add protocol static table 4 pref 16
ip rule
try ip rule show from 10.0.0.0/8
try ip rule show table 3
try ip rule show protocol static
try ip rule del from 10.0.0.0/8 table 100
try ip rule del from 10.0.0.0/8 table 100
try ip rule del table 999
try ip rule del pref 777
try ip rule del
try ip rule del pref 40000
try ip rule flush table 3
try ip rule flush protocol static
ip rule
try ip rule del pref 0
ip rule; ip route get 127.0.0.1; ip route get 10.1.1.1
ip -j -p rule
