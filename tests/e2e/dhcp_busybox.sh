# busybox's DHCP server, which asks by ARP whether an address is free before it offers it: udhcpc and dhclient get addresses of
# it, renew them and give them back; an address that somebody has already is not offered. Then through dnsmasq's relay.
. "$(dirname "$0")/_lib.sh"
need ip ss ping busybox
. "$E2E/_dhcp.sh"
busybox --list | grep -q udhcpd || skip "busybox has no udhcpd"

cat >udhcpd.conf <<C
start 10.0.0.100
end 10.0.0.110
interface e0
max_leases 11
auto_time 0
lease_file $scratch/leases
pidfile $scratch/udhcpd.pid
opt subnet 255.255.255.0
opt router 10.0.0.1
opt dns 10.0.0.53
opt lease 60
C
start='ip netns exec s busybox udhcpd -f udhcpd.conf >udhcpd.log 2>&1 & server=$!; wait_for listens s'
with_leases='kill -USR1 $server; wait_for test -s leases
busybox dumpleases -f leases | grep -o "^02:00:00:00:00:02 10.0.0.10[0-9]"'

out=$(with_udhcpc "$start" "$with_leases")
contains "udhcpc: a router" "default via 10.0.0.1 dev e0" "$out"
contains "udhcpc: a name server" "nameserver 10.0.0.53" "$out"
contains "udhcpc: that works" "1 received" "$out"
contains "udhcpc: the server's lease" "02:00:00:00:00:02 10.0.0.10" "$out"
contains "udhcpc: all that happened" "given back
deconfig bound renew deconfig" "$out"
[ $failures = 0 ] || cat udhcpd.log udhcpc.log

# Each client asks for an address that its own hardware address chooses; all but one are taken.
out=$(with_udhcpc "$start"'
ip netns add o; ip -n o link set lo up
ip link add br0 netns s address 02:00:00:00:00:01 type bridge; ip -n s link set br0 up
ip -n s addr del 10.0.0.1/24 dev e0; ip -n s addr add 10.0.0.1/24 dev br0; ip -n s link set e0 master br0
ip link add e1 netns s address 02:00:00:00:00:05 type veth peer name e0 netns o address 02:00:00:00:00:06
ip -n s link set e1 up master br0; ip -n o link set e0 up
for i in 0 1 2 3 4 5 6 8 9 10; do ip -n o addr add 10.0.0.$((100 + i))/24 dev e0; done
kill $server; wait $server; sed s/e0/br0/ udhcpd.conf >bridge.conf
ip netns exec s busybox udhcpd -f -a 300 bridge.conf >udhcpd.log 2>&1 & server=$!; wait_for listens s' 'grep -c "belongs to someone" udhcpd.log')
contains "the address that nobody has" "10.0.0.107/24" "$out"
contains "others were asked for" "given back" "$out"
[ $failures = 0 ] || cat udhcpd.log udhcpc.log

command -v dhclient >/dev/null || { echo "there is no dhclient"; exit; }
out=$(with_dhclient "$start" "$with_leases")
contains "dhclient: a router" "default via 10.0.0.1 dev e0" "$out"
contains "dhclient: that works" "1 received" "$out"
contains "dhclient: the server's lease" "02:00:00:00:00:02 10.0.0.10" "$out"
contains "dhclient: all that happened" "given back
PREINIT BOUND RELEASE" "$out"
[ $failures = 0 ] || cat udhcpd.log dhclient.log
