# The programs that speak ARP: net-tools' arp, iputils' arping and Thomas Habets' arping (which has the same name, and so
# is taken from its package and not installed), between two namespaces.
. "$(dirname "$0")/_lib.sh"
need ip arp arping

world() { timeout 60 "$LINNET" run -- bash -c '. "$E2E/_pair.sh"; '"$1" 2>&1; }

# arp(8) on a table that packets have filled: its entries, their flags, and the ioctls' errors.
contains "arp shows what a ping has learnt" "10.0.0.2 ether 02:00:00:00:00:02 C v0" \
  "$(world 'ping -q -c 1 10.0.0.2 >/dev/null; arp -n' | xargs)"
contains "arp in the way of BSD" "? (10.0.0.2) at 02:00:00:00:00:02 [ether] on v0" \
  "$(world 'ping -q -c 1 10.0.0.2 >/dev/null; arp -an')"
same "an entry set by arp is used" "0 received" \
  "$(world 'arp -s 10.0.0.2 02:00:00:00:00:99; ping -q -c 1 -W 0.2 10.0.0.2' | grep -o '[01] received')"
same "and deleted by arp" "1 received" \
  "$(world 'arp -s 10.0.0.2 02:00:00:00:00:99; arp -d 10.0.0.2; ping -q -c 1 -W 2 10.0.0.2' | grep -o '[01] received')"
contains "nothing to delete" "No ARP entry for 10.0.0.9" "$(world 'arp -d 10.0.0.9')"
contains "nothing to show" "10.0.0.9 (10.0.0.9) -- no entry" "$(world 'arp -n 10.0.0.9')"
contains "no route to it" "SIOCSARP: Network is unreachable" "$(world 'arp -s 10.9.0.1 02:00:00:00:00:99')"
contains "no such device" "SIOCSARP: No such device" "$(world 'arp -i nosuch -s 10.0.0.9 02:00:00:00:00:99')"
contains "a netmask for one host only" "SIOCSARP: Invalid argument" \
  "$(world 'arp -s 10.0.0.9 02:00:00:00:00:99 netmask 255.255.255.0 pub')"
# Published for b's sake: this host answers for an address that it only routes to.
same "arp publishes an address" "Received 1 response(s)" "$(world '
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.neigh.v0.proxy_delay=0
  ip link add d0 type dummy; ip link set d0 up; ip route add 10.0.0.77 dev d0
  arp -i v0 -Ds 10.0.0.77 v0 pub
  ip netns exec b arping -c 1 -w 2 -I v1 10.0.0.77' | grep -o 'Received.*')"
same "the ioctls' errno" "ENODEV ENXIO ENXIO EPFNOSUPPORT EINVAL" "$(world '
  python3 -c "
import errno, fcntl, socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def ask(call, dev, family=2, flags=0):
    r = struct.pack(\"HH4s8x\", family, 0, socket.inet_aton(\"10.0.0.2\")) + bytes(16) + struct.pack(\"i\", flags)
    try: fcntl.ioctl(s, call, r + bytes(16) + dev.ljust(16, bytes(1)))
    except OSError as e: print(errno.errorcode[e.errno], end=\" \")
    else: print(\"none\", end=\" \")
get, delete = 0x8954, 0x8953
ask(get, b\"\")
ask(get, b\"v0\")
ask(delete, b\"v0\")
ask(get, b\"v0\", family=10)
ask(delete, b\"v0\", flags=0x20)  # a netmask, and not published
"' | xargs)"

contains "arping announces; the peer follows at once" "lladdr 02:00:00:00:00:aa" "$(world '
  ping -q -c 1 10.0.0.2 >/dev/null
  ip -n b link set v1 address 02:00:00:00:00:aa
  ip netns exec b arping -q -c 1 -U -I v1 10.0.0.2
  ip neigh show 10.0.0.2')"

# The other arping sends by libnet and receives by libpcap.
habets() {
  local libs
  libs=$(dirname "$(find "$scratch/arping" -name 'libnet.so.1')")
  world "export LD_LIBRARY_PATH=$libs; $scratch/arping/usr/sbin/arping $1; echo status \$?"
}
if ! (mkdir arping && cd arping && timeout 60 apt-get -qq download arping libnet1 >/dev/null 2>&1 &&
  dpkg -x arping_*.deb . && dpkg -x libnet1_*.deb .); then
  echo "not tried: Habets' arping cannot be had from a Debian mirror"
elif habets "-q -c 1 -i v0 10.0.0.2" | grep -q 'pcap_open_live\|libpcap\|error while loading'; then
  echo "not tried: Habets' arping needs what libpcap finds missing: $(habets '-c 1 -i v0 10.0.0.2' | head -1)"
else
  contains "Habets' arping gets an answer" "status 0" "$(habets '-c 1 -i v0 10.0.0.2')"
  contains "and none" "status 1" "$(habets '-c 1 -w 1 -i v0 10.0.0.9')"
  contains "by link-layer address" "status 0" "$(habets '-c 1 -i v0 -t 02:00:00:00:00:02 10.0.0.2')"
  contains "no duplicate address" "status 0" "$(habets '-d -c 2 -i v0 10.0.0.2')"
  contains "a gratuitous answer" "status" "$(habets '-P -U -c 1 -i v0 -S 10.0.0.1 10.0.0.1')"
fi
