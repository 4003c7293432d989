# What becomes of tags that arrive: known, unknown, priority alone, doubled, too short; what packet sockets are told.
exec 2>&1
PS4="# "
ip netns add h
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 netns h address 02:00:00:00:00:02
ip link set eth0 up; ip -n h link set eth1 up
cat > send.py <<'P'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind((sys.argv[1], 0))
for f in sys.argv[2:]:
    s.send(bytes.fromhex(f))
P
cat > aux.py <<'P'
import select, socket, struct, sys
socks = []
for dev in sys.argv[2:]:
    dev, proto = dev.split("/")
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.bind((dev, int(proto, 0)))
    s.setsockopt(263, 8, 1)
    socks.append((s, dev))
print("ready", flush=True)
sys.stdin.read()
for s, dev in socks:
    while select.select([s], [], [], 0)[0]:
        data, control, flags, a = s.recvmsg(2000, 1000)
        for _, _, v in control:
            st, length, snap, mac, net, tci, tpid = struct.unpack("IIIHHHH", v)
            print(dev, hex(a[1]), "type", a[2], "len", length, hex(st), "net", net, "tci", hex(tci), hex(tpid), data[:22].hex())
P
ip -n h link add link eth1 name v5 type vlan id 5; ip -n h link set v5 up
ip -n h link add link eth1 name v6 type vlan id 6
ip -n h link add link v5 name v5.7 type vlan id 7; ip -n h link set v5.7 up
ip -n h addr add 10.0.5.2/24 dev v5; ip -n h addr add 10.0.0.2/24 dev eth1
dst="020000000002020000000001"
back="020000000001020000000002"
ipp="08004500001400000000400170e60a0005010a000502"
# What sockets see while a frame is sent: FROM-NETNS DEVICE FRAMES..., with the sockets in $on.
see() { { local -; set +x; } 2>/dev/null
  rm -f go; mkfifo go; ip netns exec h python3 aux.py 0 $on <go >seen & exec 9>go
  for _ in $(seq 200); do grep -q ready seen 2>/dev/null && break; sleep 0.05; done
  if [ $1 = h ]; then shift; ip netns exec h python3 send.py "$@"; else shift; python3 send.py "$@"; fi
  sleep 0.15; exec 9>&-; wait; grep -v ready seen; rm seen; }
set -x
on="eth1/3 v5/3 v5/0x800 eth1/0x800 eth1/0x8100 v5.7/3"
: VLAN 5
see . eth0 ${dst}81002005$ipp
: unknown
see . eth0 ${dst}81002009$ipp
: down
see . eth0 ${dst}81000006$ipp
: priority
see . eth0 ${dst}81006000$ipp
: double
see . eth0 ${dst}8100000581000007$ipp
: double, the inner unknown
see . eth0 ${dst}8100000581000008$ipp
: priority, then VLAN 5
see . eth0 ${dst}8100600081000005$ipp
: priority, then unknown
see . eth0 ${dst}8100600081000009$ipp
: 802.1ad
see . eth0 ${dst}88a80005$ipp
: too short
see . eth0 ${dst}810000 ${dst}8100 ${dst}81000005 ${dst}8100000508
: to another address
see . eth0 02000000007702000000000181000005$ipp
: 802.3
see . eth0 ${dst}810000050010aaaa0300000008004500 ${dst}810000050010ffff0300000008004500
: sent
see h v5 $back$ipp
see h v5.7 $back$ipp
see h v5 ${back}81000003$ipp
see h eth1 ${back}81000003$ipp
see h eth1 ${back}88a8000381000004$ipp
: without reordering
ip -n h link set v5 type vlan reorder_hdr off
see . eth0 ${dst}81002005$ipp
see h v5 $back$ipp
see h v5 ${back}81000005$ipp
ip -n h -s -s link | grep -v link/ether
