# Every word of ip rule: taken, refused, shown, deleted by.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 brd + dev d$i; done
ip link add v0 type vrf table 10; ip link set v0 up
# One process for each: made, shown, gone.
t() { echo "# $*"; printf '%s\n' "rule add $*" "rule show" "rule flush" "rule add pref 32766 table main" | ip -force -batch - 2>&1 | grep -v '^32766:\|^32767:\|^0:\|^Command failed'; }
t from 10.0.0.0/8 table 7; t from 10.0.0.1 lookup 7 pref 5; t from default table 7; t from all to 10.0.0.0/8 table 7; t to 0/0 table 7; t not from 10.0.0.0/8 table 7; t not table 7
t from 10.0.0.0/33 table 7; t from fe80::/10 table 7; t from 10.1.1.1/8 table 7; t tos 8 table 7; t tos 0x1c table 7; t dsfield 0x10 table 7; t dsfield 0xff table 7; t tos 1 table 7
t fwmark 5 table 7; t fwmark 5/0xf table 7; t fwmark 0 table 7; t fwmark 0/5 table 7; t fwmark 5/0 table 7; t fwmark 0x1ffffffff table 7; t iif d0 table 7; t oif d0 table 7; t dev d1 table 7; t iif nosuch table 7; t oif nosuch table 7; t iif lo table 7; t iif d0 oif d1 table 7
t l3mdev; t l3mdev pref 1000; t l3mdev table 7; t l3mdev unreachable; t uidrange 5-9 table 7; t uidrange 9-5 table 7; t uidrange 5 table 7; t ipproto tcp table 7; t ipproto 0 table 7; t ipproto 256 table 7; t ipproto tcp sport 80 table 7; t sport 80-90 table 7; t sport 90-80 table 7; t sport 0 table 7; t sport 65536 table 7; t dport 53 table 7; t ipproto icmp dport 53 table 7; t sport 80-80 dport 1-65534 ipproto udp table 7
t tun_id 5 table 7; t tun_id 0 table 7; t tun_id 0xffffffffff table 7; t protocol static table 7; t protocol 99 table 7; t proto kernel table 7; t protocol 0 table 7
t goto 32766; t goto 40000; t goto 5 pref 6; t pref 6 goto 6; t pref 5 nop; t nop; t goto 32766 table 7; t unreachable; t prohibit; t blackhole; t nat 10.0.0.1; t from 10.0.0.1 nat 10.0.0.7; t map-to 10.9.9.9; t reject; t type prohibit; t type unicast; t type local; t type throw; t type blackhole from 10.0.0.1; t pref 0 table 7; t pref 4294967295 table 7; t pref 4294967296 table 7; t order 9 table 7; t priority 9 table 7
t realms 3 table 7; t realms 3/4 table 7; t realms 3/; t suppress_prefixlength 0 table main; t suppress_prefixlength 32 table main; t sup_pl 0 table main; t suppress_ifgroup default table main; t suppress_ifgroup 7 table main; t suppress_prefixlength 33 table 7; t suppress_prefixlength -1 table 7; t suppress_ifgroup nosuch table 7; t table 0; t table 256; t table 4294967295; t table local; t table v0; t table nosuch; t lookup; t from; t xyz; t vrf v0
t from 10.0.0.1 iif d0 oif d1 fwmark 7/7 tos 8 uidrange 0-0 ipproto udp sport 5 dport 6-7 suppress_prefixlength 4 suppress_ifgroup 5 realms 1/2 table 777 pref 77 proto 9
ip rule add from 10.0.0.0/8 table 7 pref 7; ip rule add iif d0 table 8 pref 8 proto 9; ip rule add oif d1 fwmark 5 lookup 9 pref 9; ip rule add l3mdev pref 10; ip rule add goto 8 pref 3; ip rule add unreachable pref 11 uidrange 3-9
s() { echo "# show $*"; ip rule show "$@"; }
s; s table 7; s lookup 8; s iif d0; s oif d1; s dev d0; s fwmark 5; s fwmark 5/1; s from 10.0.0.0/8; s to 10.0.0.0/8; s pref 9; s l3mdev; s table 10; s uidrange 3-9; s proto 9; s tos 8; s not; s ipproto tcp; s sport 5; s unreachable; s root; s vrf v0; s table all
ip rule save >f; ip rule flush; ip rule show; ip rule restore <f; ip rule show; ip rule flush proto 9; ip rule show; ip -j -p rule; ip -N rule; ip -o rule; ip rule flush table 7; ip rule list
ip rule del; ip rule del pref 9; ip rule del pref 9; ip rule del table 99; ip rule del from 1.2.3.4; ip rule del unreachable; ip rule
