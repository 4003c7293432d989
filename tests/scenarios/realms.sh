# Realms: of routes, of several next hops, of rules; what route get makes of them for packets that leave and that are
# forwarded, and the accounts that rtacct(8) reads.
exec 2>&1
for n in h r; do ip netns add $n; ip -n $n link set lo up; done
for i in 1 2; do ip link add eth$i netns h address 02:00:00:00:0$i:01 type veth peer name eth$i netns r address 02:00:00:00:0$i:02
  ip -n h addr add 10.0.$i.2/24 dev eth$i; ip -n r addr add 10.0.$i.1/24 dev eth$i; ip -n h link set eth$i up; ip -n r link set eth$i up; done
ip netns exec r sysctl -qw net.ipv4.ip_forward=1; ip -n h route add default via 10.0.1.1; sleep 0.3
r() { ip -n r "$@"; echo "$? <- ip $*"; }
r route add 20.0.0.0/8 via 10.0.2.2 realm 7; r route add 21.0.0.0/8 via 10.0.2.2 realms 3/8; r route add 22.0.0.0/8 nexthop via 10.0.1.2 realm 4 nexthop via 10.0.2.2 realms 5/6
r route add 23.0.0.0/8 via 10.0.2.2 realm 0; r route add 24.0.0.0/8 via 10.0.2.2 realm 70000; r route add 25.0.0.0/8 via 10.0.2.2 realms 1/2/3; r route add 25.0.0.0/8 realm 5 dev eth2; r route add blackhole 26.0.0.0/8 realm 5; r route add local 27.0.0.0/8 dev lo realm 9
ip -n r route; ip -n r -j route show realm 7; ip -n r route show realms 3/8; ip -n r route show realm 8; ip -n r -N route show 21.0.0.0/8
for a in 20.0.0.1 21.0.0.1 23.0.0.1 25.0.0.1 27.0.0.1 10.0.2.9; do ip -n r route get $a; ip -n r route get $a from 10.0.1.2 iif eth1; ip -n r route get fibmatch $a; done
r route add 20.0.0.0/8 via 10.0.2.2 realm 9; r route append 20.0.0.0/8 via 10.0.2.2 realm 9; r route change 20.0.0.0/8 via 10.0.2.2 realm 10; ip -n r route show 20.0.0.0/8; r route del 20.0.0.0/8 via 10.0.2.2 realm 5; r route del 20.0.0.0/8 via 10.0.2.2 realm 9; ip -n r route show 20.0.0.0/8
r route del 22.0.0.0/8 nexthop via 10.0.1.2 realm 5 nexthop via 10.0.2.2 realms 5/6; r route del 22.0.0.0/8 nexthop via 10.0.1.2 realm 4 nexthop via 10.0.2.2; ip -n r route show 22.0.0.0/8
echo "# of where it came from"
r route add 30.0.0.0/8 via 10.0.1.2 realm 11; for a in 21.0.0.1 10.0.2.9 10.0.1.1 27.0.0.5; do ip -n r route get $a from 30.0.0.1 iif eth1; done; ip -n r route get 10.0.1.255 from 30.0.0.1 iif eth1; ip -n r route get 224.0.0.1 from 30.0.0.1 iif eth1
echo "# of rules"
r rule add to 40.0.0.0/8 realms 12/13 table 60 pref 50; r rule add from 41.0.0.0/8 realms 14 table main pref 60; r rule add to 42.0.0.0/8 realm 15 blackhole pref 70; ip -n r rule
r route add 40.0.0.0/8 via 10.0.2.2 table 60; r route add 41.0.0.0/8 via 10.0.1.2; for a in 40.0.0.1 21.0.0.1; do ip -n r route get $a; ip -n r route get $a from 41.0.0.1 iif eth1; done; ip -n r route get 10.0.1.1 from 40.0.0.1 iif eth2
r rule del to 40.0.0.0/8 realms 12/14; r rule del to 40.0.0.0/8 realms 12/13; r rule add realms 3/4/5 table 5; r rule add realms 300000 table 5; ip -n r rule
echo "# accounts"
cat >acct.py <<'P'
import struct
b = open("/proc/net/rt_acct", "rb").read(); print(len(b))
for i in range(256):
    v = struct.unpack_from("IIII", b, 16 * i)
    if any(v): print(i, v)
P
ip -n h addr add 21.0.0.5/32 dev eth2; ip -n h addr add 30.0.0.5/32 dev eth1; ip netns exec h ping -c2 -i0.2 -W1 10.0.2.1 | grep transm | sed 's/time.*//'
ip netns exec h ping -q -c3 -i0.2 -W1 -I 30.0.0.5 10.0.1.1 | grep transm | sed 's/time.*//'
ip netns exec h python3 - <<'P'
import socket
s = socket.socket(2, 2); s.bind(("10.0.1.2", 5)); s.setsockopt(1, 25, b"eth1")
for i in range(4): s.sendto(b"x" * 72, ("21.0.0.5", 9))
P
sleep 0.2; ip netns exec r python3 acct.py; [ -e /proc/net/rt_acct ] && ls -l /proc/net/rt_acct | cut -c1-10
