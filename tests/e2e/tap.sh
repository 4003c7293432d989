# A world's device joined to the host's kernel by a TAP device, in a network namespace of this test's own: each side
# pings the other, small and in fragments, and tcpdump on the kernel's side finds every frame well-formed.
# Needs CAP_NET_ADMIN, as making a TAP device does.
E2E_KEEP_ROOT=1
. "$(dirname "$0")/_lib.sh"
[ "$(id -u)" = 0 ] || skip "making a TAP device takes root"
[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
need ip ping tcpdump unshare
unshare -n true 2>/dev/null || skip "no network namespace can be made"

cat >outside.sh <<'OUT'
exec 2>&1
ip tuntap add lin0 mode tap
ip addr add 192.168.77.1/24 dev lin0
ip link set lin0 up
tcpdump -U -w "$PWD/frames.pcap" -ni lin0 'arp or icmp' >/dev/null 2>&1 &
dump=$!
for _ in $(seq 50); do [ -s frames.pcap ] && break; sleep 0.1; done
"$LINNET" run --attach eth0=tap:lin0 -- bash inside.sh >inside.out 2>&1 &
world=$!
for _ in $(seq 50); do grep -q '^inside is up' inside.out 2>/dev/null && break; sleep 0.1; done
ping -c 3 -i 0.2 -W 2 192.168.77.2 | grep -c 'bytes from'
ping -c 1 -W 2 -s 4000 192.168.77.2 | grep -c 'bytes from'
ip neigh show dev lin0 | cut -d' ' -f1-2
wait "$world"
echo "world ended with $?"
sleep 0.3
kill "$dump"
wait "$dump" 2>/dev/null
OUT
cat >inside.sh <<'IN'
ip addr add 192.168.77.2/24 dev eth0
ip link set eth0 up
echo "inside is up"
# The kernel may have asked first, and told its address by that.
ip neigh flush dev eth0
ping -c 3 -i 0.2 -W 2 192.168.77.1 | grep -c 'bytes from'
ping -c 1 -W 2 -s 3000 192.168.77.1 | grep -c 'bytes from'
ip neigh show | cut -d' ' -f1-3
sleep 2
IN
timeout 60 unshare -n bash outside.sh >outside.out
same "the kernel's pings" "3
1
192.168.77.2 lladdr
world ended with 0" "$(cat outside.out)"
same "the world's pings" "inside is up
3
1
192.168.77.1 dev eth0" "$(cat inside.out)"
tcpdump -nr frames.pcap -vv >frames.txt 2>/dev/null
contains "an ARP request of the world's" "Request who-has 192.168.77.1 tell 192.168.77.2" "$(cat frames.txt)"
contains "an echo reply of the world's" "192.168.77.2 > 192.168.77.1: ICMP echo reply" "$(cat frames.txt)"
same "malformed frames" "" "$(grep -iE 'bad|malformed|truncated|wrong|invalid' frames.txt)"
