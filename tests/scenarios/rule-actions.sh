# Policy rules: selectors and actions, in the answers of route get and in what a ping meets.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip route add default via 10.0.0.9; ip route add default via 10.0.1.9 table 100; ip route add throw 10.99.0.0/16 table 100
set -x
ip rule add from 10.0.1.1 table 100 pref 1000
ip rule add to 20.0.0.0/8 table 100 pref 1001
ip rule add tos 0x10 table 100 pref 1002
ip rule add fwmark 0x5 table 100 pref 1003
ip rule add fwmark 0x10/0xf0 table 100 pref 1004
ip rule add to 30.0.0.0/8 blackhole pref 1005
ip rule add to 31.0.0.0/8 unreachable pref 1006
ip rule add to 32.0.0.0/8 prohibit pref 1007
ip rule add to 33.0.0.0/8 goto 1010 pref 1008
ip rule add to 33.0.0.0/8 blackhole pref 1009
ip rule add to 33.0.0.0/8 table 100 pref 1010
ip rule add to 34.0.0.0/8 nop pref 1011
ip rule add oif d1 table 100 pref 1012
ip rule add iif d1 table 100 pref 1013
ip rule add iif nosuch table 100 pref 1014
ip rule add not to 0.0.0.0/0 table 100 pref 1015
ip rule add ipproto udp dport 53 table 100 pref 1016
ip rule add ipproto tcp sport 1000-2000 table 100 pref 1017
ip rule add uidrange 5-6 table 100 pref 1018
ip rule
for q in "8.8.8.8" "8.8.8.8 from 10.0.1.1" "20.1.1.1" "8.8.8.8 tos 0x10" "8.8.8.8 mark 5" "8.8.8.8 mark 0x1f" "30.1.1.1" "31.1.1.1" "32.1.1.1" "33.1.1.1" "34.1.1.1" "8.8.8.8 oif d1" "8.8.8.8 ipproto udp dport 53" "8.8.8.8 ipproto tcp sport 1500 dport 1" "8.8.8.8 ipproto tcp sport 999 dport 1" "8.8.8.8 uid 5" "8.8.8.8 uid 7" "10.99.1.1 from 10.0.1.1"; do ip route get $q; done
ping -c1 -W1 30.1.1.1
ping -c1 -W1 31.1.1.1
ping -c1 -W1 32.1.1.1
ping -c1 -W1 -m 5 30.1.1.1
ip rule add to 10.99.0.0/16 table 100 suppress_prefixlength 0 pref 900; ip route get 10.98.1.1
ip rule add table main suppress_prefixlength 0 pref 901; ip route get 8.8.8.8; ip route get 10.0.0.7
ip rule del pref 901
ip link set d1 name e1; ip rule show pref 1012; ip link add nosuch type dummy; ip rule show pref 1014
ip rule flush; ip rule; ip route get 8.8.8.8
