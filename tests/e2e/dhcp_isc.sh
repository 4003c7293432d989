# ISC's DHCP server, which reads and writes whole frames (packet sockets with a filter): dhclient and udhcpc get addresses of it,
# renew them by UDP, and give them back. Then through ISC's relay, from a network of its own.
. "$(dirname "$0")/_lib.sh"
need ip ss ping dhcpd dhclient busybox
. "$E2E/_dhcp.sh"

cat >dhcpd.conf <<C
authoritative;
default-lease-time 6; min-lease-time 6; max-lease-time 6;
ping-check true; ping-timeout 1;
option domain-name-servers 10.0.0.53;
subnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.110; option routers 10.0.0.1; }
subnet 10.0.9.0 netmask 255.255.255.0 { range 10.0.9.100 10.0.9.110; option routers 10.0.9.1; }
C
# A client that cannot ask by itself every second of its six doesn't lose its lease while a busy machine makes it wait.
sed 's/-time 6/-time 60/g' dhcpd.conf >long.conf
start='ip netns exec s dhcpd -4 -f -d --no-pid -cf $PWD/dhcpd.conf -lf $PWD/leases e0 >dhcpd.log 2>&1 & server=$!; wait_for listens s
heard() { grep -o "^DHCP[A-Z]*" dhcpd.log | uniq | xargs; }'

out=$(with_dhclient "$start" 'wait_for times dhclient.events RENEW 2; grep -A20 "^lease" leases | grep -E "hardware|binding state active" | sort -u
echo heard $(heard)')
contains "dhclient: an address" "10.0.0.10" "$out"
contains "dhclient: a router" "default via 10.0.0.1 dev e0" "$out"
contains "dhclient: that works" "1 received" "$out"
contains "dhclient: the server's lease" "hardware ethernet 02:00:00:00:00:02;" "$out"
contains "dhclient: asked, and renewed twice" "heard DHCPDISCOVER DHCPOFFER DHCPREQUEST DHCPACK DHCPREQUEST DHCPACK DHCPREQUEST DHCPACK" "$out"
contains "dhclient: all that happened" "given back
PREINIT BOUND RENEW RELEASE" "$out"
[ $failures = 0 ] || cat dhcpd.log dhclient.log

out=$(with_udhcpc "${start/dhcpd.conf/long.conf}" '')
contains "udhcpc: an address" "10.0.0.10" "$out"
contains "udhcpc: a name server" "nameserver 10.0.0.53" "$out"
contains "udhcpc: that works" "1 received" "$out"
contains "udhcpc: all that happened" "given back
deconfig bound renew deconfig" "$out"
[ $failures = 0 ] || cat dhcpd.log udhcpc.log

# What a relay passes on carries its address, and the server answers to that.
command -v dhcrelay >/dev/null || { echo "there is no dhcrelay"; exit; }
export relay=yes
start=${start/dhcpd.conf/long.conf}'
ip netns exec r dhcrelay -4 -d --no-pid -id n1 -iu n0 10.0.0.1 >dhcrelay.log 2>&1 & server="$server $!"; wait_for listens r'
out=$(with_dhclient "$start" 'echo heard $(heard)')
contains "relay: an address of the other network" "10.0.9.10" "$out"
contains "relay: its router" "default via 10.0.9.1 dev e0" "$out"
contains "relay: that works" "1 received" "$out"
contains "relay: what the server heard" "heard DHCPDISCOVER DHCPOFFER DHCPREQUEST DHCPACK" "$out"
contains "relay: all that happened" "given back
PREINIT BOUND RELEASE" "$out"
[ $failures = 0 ] || cat dhcpd.log dhclient.log dhcrelay.log
out=$(with_udhcpc "$start" '')
contains "relay, udhcpc: that works" "1 received" "$out"
contains "relay, udhcpc: all that happened" "given back
deconfig bound renew deconfig" "$out"
[ $failures = 0 ] || cat dhcpd.log udhcpc.log dhcrelay.log
