# Shared by the tests of DHCP: what the clients run when something has changed, and a world with a server's namespace (s), a
# client's (c) and a cable between them, or ($relay) a router that relays, with a cable to each. `. "$E2E/_dhcp.sh"` after _lib.sh.

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
  BOUND | RENEW | REBIND | REBOOT) ip addr replace $new_ip_address/24 dev $interface; ip route replace default via $new_routers ;;
  EXPIRE | FAIL | RELEASE | STOP) ip addr flush dev $interface ;;
esac
echo "$reason $new_ip_address" >>dhclient.events
S
chmod +x ./*.script
cat >world.sh <<'S'
for n in s c r; do ip netns add $n; ip -n $n link set lo up; done
cable() { ip link add $2 netns $1 address $5 type veth peer name $4 netns $3 address $6; ip -n $1 link set $2 up; ip -n $3 link set $4 up; }
if [ "${relay:-}" ]; then
  cable s e0 r n0 02:00:00:00:00:01 02:00:00:00:00:03; cable r n1 c e0 02:00:00:00:00:04 02:00:00:00:00:02
  ip -n r addr add 10.0.0.2/24 dev n0; ip -n r addr add 10.0.9.1/24 dev n1
  ip netns exec r sysctl -qw net.ipv4.ip_forward=1
else
  cable s e0 c e0 02:00:00:00:00:01 02:00:00:00:00:02
fi
ip -n s addr add 10.0.0.1/24 dev e0; ip -n s route add 10.0.9.0/24 via 10.0.0.2
mkdir -p /etc/netns/c; : >/etc/netns/c/resolv.conf
: >leases; rm -f ./*.events c.leases
wait_for() { local _; for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; }
listens() { [ "$(ip netns exec $1 ss -Hlun sport = 67 | wc -l)" -ge 1 ]; }
shown() { ip -n c -4 -br addr show dev e0 | grep -o '10\.0\.[0-9]*\.1[01][0-9]/24'; ip -n c route show default; }
times() { [ "$(grep -c "$2" $1)" -ge $3 ]; }
S
# world COMMANDS: in such a world; $server: the processes that are ended in the end.
world() { timeout 100 "$LINNET" run -- bash -c '. ./world.sh; '"$1"'; kill $server; wait $server' 2>&1; }

# dhclient in c, with an address, a router, a ping and a lease that it gives back; $1: what starts the server, $2: while it has
# the address.
with_dhclient() {
  world "$1"'
d() { ip netns exec c dhclient -4 -d -v -sf $PWD/dhclient.script -cf $PWD/dhclient.conf -lf $PWD/c.leases -pf $PWD/c.pid "$@" e0; }
d >dhclient.log 2>&1 & client=$!
wait_for grep -q BOUND dhclient.events; shown
ip netns exec c ping -qc1 10.0.0.1 | grep -o "1 received"
'"$2"'
d -r >>dhclient.log 2>&1; wait $client
[ -n "$(shown)" ] || echo given back; cut -d" " -f1 dhclient.events | uniq | xargs'
}
# The same with udhcpc.
with_udhcpc() {
  world "$1"'
ip netns exec c busybox udhcpc -f -i e0 -t 10 -T 1 -s $PWD/udhcpc.script >udhcpc.log 2>&1 & client=$!
wait_for grep -q bound udhcpc.events; shown; cat /etc/netns/c/resolv.conf
ip netns exec c ping -qc1 10.0.0.1 | grep -o "1 received"
kill -USR1 $client; wait_for grep renew udhcpc.events
'"$2"'
kill -USR2 $client; wait_for times udhcpc.events deconfig 2; kill $client; wait $client
[ -n "$(shown)" ] || echo given back; cut -d" " -f1 udhcpc.events | uniq | xargs'
}
: >dhclient.conf
