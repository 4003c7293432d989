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
# What udhcpc runs when something has changed.
cat >udhcpc.script <<'S'
#!/bin/sh
case $1 in
  deconfig) ip addr flush dev $interface ;;
  bound | renew) ip addr replace $ip/$mask dev $interface; ip route replace default via $router; echo "nameserver $dns" >/etc/resolv.conf ;;
esac
echo "$1 $ip" >>udhcpc.events
S
# The same for dhclient.
cat >dhclient.script <<'S'
#!/bin/sh
case $reason in
  PREINIT) ip link set $interface up ;;
  BOUND | RENEW) ip addr replace $new_ip_address/24 dev $interface; ip route replace default via $new_routers ;;
  RELEASE | STOP) ip addr flush dev $interface ;;
esac
echo "$reason $new_ip_address" >>dhclient.events
S
chmod +x ./*.script
cat >world.sh <<'S'
for n in s c; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns s address 02:00:00:00:00:01 type veth peer name e0 netns c address 02:00:00:00:00:02
ip -n s addr add 10.0.0.1/24 dev e0; ip -n s link set e0 up; ip -n c link set e0 up
mkdir -p /etc/netns/c; : >/etc/netns/c/resolv.conf
: >leases
ip netns exec s dnsmasq -C dnsmasq.conf & server=$!
wait_for() { local _; for _ in $(seq 100); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; }
served() { [ "$(ip netns exec s ss -Hlun sport = 67 | wc -l)" = 1 ]; }
wait_for served
has_lease() { grep -q "02:00:00:00:00:02 $(ip -n c -4 -o addr show dev e0 | grep -o '10[.0-9]*' | head -1) " leases; }
no_lease() { [ ! -s leases ]; }
shown() { ip -n c -4 -br addr show dev e0 | grep -o '10\.0\.0\.1[01][0-9]/24'; ip -n c route show default; }
S
world() { timeout 60 "$LINNET" run -- bash -c '. ./world.sh; '"$1"'; kill $server; wait $server' 2>&1; }

out=$(world 'ip netns exec c busybox udhcpc -f -q -n -R -i e0 -s $PWD/none >/dev/null 2>&1
ip netns exec c busybox udhcpc -f -i e0 -t 10 -T 1 -s $PWD/udhcpc.script >udhcpc.log 2>&1 & client=$!
wait_for grep -q bound udhcpc.events; wait_for has_lease; shown; cat /etc/netns/c/resolv.conf
ip netns exec c ping -qc1 10.0.0.1 | grep -o "1 received"
kill -USR1 $client; wait_for grep renew udhcpc.events
kill -USR2 $client; wait_for no_lease; kill $client; wait $client
[ -n "$(shown)" ] || echo given back; cut -d" " -f1 udhcpc.events | uniq | xargs')
contains "udhcpc: an address" "/24" "$out"
contains "udhcpc: a router" "default via 10.0.0.1 dev e0" "$out"
contains "udhcpc: a name server, in the namespace's file" "nameserver 10.0.0.53" "$out"
contains "udhcpc: that works" "1 received" "$out"
contains "udhcpc: released" "given back" "$out"
contains "udhcpc: all that happened" "deconfig bound renew deconfig" "$out"

command -v dhclient >/dev/null || { echo "there is no dhclient"; exit; }
out=$(world 'd() { ip netns exec c dhclient -4 -d -v -sf $PWD/dhclient.script -cf /dev/null -lf $PWD/c.leases -pf $PWD/c.pid "$@" e0; }
d >dhclient.log 2>&1 & client=$!
wait_for grep -q BOUND dhclient.events; wait_for has_lease; shown
ip netns exec c ping -qc1 10.0.0.1 | grep -o "1 received"
d -r >>dhclient.log 2>&1; wait $client; wait_for no_lease
[ -n "$(shown)" ] || echo given back; cut -d" " -f1 dhclient.events | xargs')
contains "dhclient: a router" "default via 10.0.0.1 dev e0" "$out"
contains "dhclient: that works" "1 received" "$out"
contains "dhclient: released" "given back" "$out"
contains "dhclient: all that happened" "PREINIT BOUND RELEASE" "$out"
