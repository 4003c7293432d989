# Rules' selectors one by one against traffic and questions: marks, TOS, input device, users, groups of devices, suppression.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip route add default via 10.0.0.9; ip route add default via 10.0.1.9 table 100; ip route add 20.0.0.0/8 via 10.0.2.9 table 101
ip link set d1 group 7
g() { { local -; set +x; } 2>/dev/null; ip route get "$@" | head -1; }
set -x
ip rule add table 100 suppress_ifgroup 7 pref 10; g 8.8.8.8; ip link set d1 group 8; g 8.8.8.8; ip link set d1 group 7
ip rule; ip rule del pref 10
ip rule add table 101 suppress_prefixlength 8 pref 10; g 20.1.1.1; ip rule del pref 10; ip rule add table 101 suppress_prefixlength 7 pref 10; g 20.1.1.1; ip rule del pref 10
ip rule add fwmark 0x10/0xf0 table 100 pref 10; for m in 0x10 0x1f 0x20 0x110; do g 8.8.8.8 mark $m; done; ip rule del pref 10
ip rule add fwmark 0 table 100 pref 10; g 8.8.8.8 mark 3; ip rule del pref 10
ip rule add fwmark 0/0xff table 100 pref 10; g 8.8.8.8 mark 3; g 8.8.8.8 mark 0x300; ip rule del pref 10
ip rule add uidrange 0-0 table 100 pref 10; g 8.8.8.8; g 8.8.8.8 uid 1; ip rule del pref 10
ip rule add uidrange 5-4294967295 table 100 pref 10
for t in 0x04 0x08 0x10 0x1c; do ip rule add tos $t table 100 pref 10; g 8.8.8.8 tos $t; g 8.8.8.8 tos 0x18; ip rule del pref 10; done
ip rule add iif lo table 100 pref 10; g 8.8.8.8; ip rule del pref 10
ip rule add oif d1 table 101 pref 10; g 20.1.1.1 oif d1; g 20.1.1.1; ip rule del pref 10
ip rule add from 10.0.0.1 to 20.0.0.0/8 fwmark 5 table 101 pref 10; g 20.1.1.1 from 10.0.0.1 mark 5; g 20.1.1.1 from 10.0.0.1; g 20.1.1.1 mark 5; ip rule del pref 10
ip rule add not fwmark 5 table 100 pref 10; g 8.8.8.8; g 8.8.8.8 mark 5; ip rule del pref 10
ip rule add goto 30 pref 10; ip rule; ip rule add table 100 pref 20; g 8.8.8.8; ip rule add table 101 pref 30; g 20.1.1.1; g 8.8.8.8; ip rule; ip rule del pref 30; ip rule; g 8.8.8.8; ip rule del pref 10; ip rule del pref 20
ip rule add nop pref 10; ip rule add to 20.0.0.0/8 goto 50 pref 11; ip rule add prohibit pref 12; ip rule add nop pref 50; g 20.1.1.1; g 8.8.8.8; ip rule del pref 12; ip rule del pref 11; ip rule del pref 10; ip rule del pref 50
ip rule add tun_id 5 table 100 pref 10; ip rule; g 8.8.8.8; ip rule del tun_id 5
ip rule add dsfield 0x08 table 100 pref 10; ip rule del pref 10; ip rule add dsfield 0x20 table 100
ip rule add sport 53 table 100 pref 10; g 8.8.8.8 ipproto udp sport 53; g 8.8.8.8 ipproto tcp sport 53; g 8.8.8.8 ipproto udp sport 54; ip rule del pref 10
ip rule add dport 53-55 ipproto tcp table 100 pref 10; g 8.8.8.8 ipproto tcp dport 55; g 8.8.8.8 ipproto tcp dport 56; g 8.8.8.8 ipproto udp dport 55; ip rule; ip rule del dport 53-55 ipproto tcp
ip rule add realms 3/4 table 100 pref 10; ip rule; ip rule del pref 10
ip rule add from 10.0.0.0/24 iif d0 oif d1 table 100 pref 10 protocol static; ip -d rule; ip -j rule | tr '}' '\n' | grep 100; ip rule del protocol static pref 10
ip rule save >saved; ip rule flush; ip rule; ip rule restore <saved; ip rule
