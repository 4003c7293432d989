# DHCP, which speaks through packet sockets before there is an address: dnsmasq gives addresses, busybox's udhcpc and
# ISC's dhclient ask for one, renew it and give it back.
. "$(dirname "$0")/_lib.sh"
need ip ss ping dnsmasq busybox

cat >dnsmasq.conf <<C
keep-in-foreground
port=0
pid-file=$scratch/pid
log-facility=$scratch/dnsmasq.log
interface=e0
bind-interfaces
dhcp-range=10.0.0.100,10.0.0.110,2m
dhcp-option=option:router,10.0.0.1
dhcp-option=option:dns-server,10.0.0.53
dhcp-leasefile=$scratch/leases
dhcp-authoritative
no-ping
C
. "$E2E/_dhcp.sh"
start='ip netns exec s dnsmasq -C dnsmasq.conf & server=$!
wait_for listens s
has_lease() { grep -q "02:00:00:00:00:02 $(ip -n c -4 -o addr show dev e0 | grep -o "10[.0-9]*" | head -1) " leases; }
no_lease() { [ ! -s leases ]; }
ip netns exec c busybox udhcpc -f -q -n -R -i e0 -s $PWD/none >/dev/null 2>&1'

out=$(with_udhcpc "$start" 'wait_for has_lease && echo the server knows')
contains "udhcpc: an address" "/24" "$out"
contains "udhcpc: a router" "default via 10.0.0.1 dev e0" "$out"
contains "udhcpc: a name server, in the namespace's file" "nameserver 10.0.0.53" "$out"
contains "udhcpc: that works" "1 received" "$out"
contains "udhcpc: a lease" "the server knows" "$out"
contains "udhcpc: released" "given back" "$out"
contains "udhcpc: all that happened" "deconfig bound renew deconfig" "$out"

command -v dhclient >/dev/null || { echo "there is no dhclient"; exit; }
out=$(with_dhclient "$start" 'wait_for has_lease && echo the server knows')
contains "dhclient: a router" "default via 10.0.0.1 dev e0" "$out"
contains "dhclient: that works" "1 received" "$out"
contains "dhclient: a lease" "the server knows" "$out"
contains "dhclient: released" "given back" "$out"
contains "dhclient: all that happened" "PREINIT BOUND RELEASE" "$out"
