# Whose packets a router believes: each class of source, to the router itself, through it, to all, and to a group.
exec 2>&1
for n in h1 r h2; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h1 address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth0 netns h2 address 02:00:00:00:02:01 type veth peer name eth2 netns r address 02:00:00:00:02:02
ip -n h1 addr add 10.0.1.2/24 dev eth0; ip -n h2 addr add 10.0.2.2/24 dev eth0
ip -n r addr add 10.0.1.1/24 brd + dev eth1;  ip -n r addr add 10.0.2.1/24 brd + dev eth2
ip -n h1 link set eth0 up; ip -n h2 link set eth0 up; ip -n r link set eth1 up; ip -n r link set eth2 up
ip -n h2 route add default via 10.0.2.1; sleep 0.3
ip netns exec h2 ping -c1 -W1 10.0.2.1 >/dev/null
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0 net.ipv4.icmp_echo_ignore_broadcasts=0
cat >martian.py <<'P'
import ctypes, socket, struct, sys
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def sum16(b):
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
enter("h1"); out = socket.socket(17, 3, 0)
enter("r")
def count():
    all = {}
    for f in "snmp", "netstat":
        lines = [l.split() for l in open("/proc/net/" + f)]
        for names, values in zip(lines[::2], lines[1::2]):
            all.update({names[0][:-1] + n: int(v) for n, v in zip(names[1:], values[1:])})
    return all
wanted = ("IpInAddrErrors", "IpInDelivers", "IpForwDatagrams", "IpOutNoRoutes", "IpExtInNoRoutes", "IpExtInMcastPkts", "IpExtInBcastPkts",
          "TcpExtIPReversePathFilter", "IcmpInEchos", "IcmpOutDestUnreachs")
def send(src, dst):
    m = struct.pack("!BBHHH", 8, 0, 0, 7, 1); m = m[:2] + struct.pack("!H", sum16(m)) + m[4:]
    h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 1, 0, socket.inet_aton(src), socket.inet_aton(dst))
    h = h[:10] + struct.pack("!H", sum16(h)) + h[12:]
    mac = b"\xff" * 6 if dst.endswith(".255") else b"\1\0\x5e\0\0\1" if dst[:3] == "224" else bytes.fromhex("020000000102")
    before = count()
    out.sendto(mac + bytes.fromhex("0200000001010800") + h + m, ("eth0", 0x800))
    after = count()
    print("%-16s -> %-16s" % (src, dst), *("%s+%d" % (k, after[k] - before[k]) for k in wanted if after[k] > before[k]))
sources = sys.argv[2].split(); 
for dst in sys.argv[1].split():
    for src in sources: send(src, dst)
P
m() { ip netns exec r python3 $PWD/martian.py "$@"; }
all="10.0.1.2 10.0.1.77 0.0.0.0 0.1.2.3 127.0.0.1 127.9.9.9 10.0.1.1 10.0.2.1 10.0.1.0 10.0.1.255 10.0.2.255 10.0.2.2 172.16.0.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.254 255.255.255.255 169.254.1.1"
echo "# no other routes"; m "10.0.1.1 10.0.2.1 10.0.2.2 255.255.255.255 10.0.1.255 224.0.0.1" "$all"
ip -n r route add default via 10.0.2.2
echo "# a default route"; m "10.0.1.1 10.0.2.2" "$all"
echo "# destinations"; m "0.0.0.0 0.1.2.3 127.0.0.1 127.1.1.1 240.0.0.1 10.0.1.0 10.0.2.0 10.0.2.255 224.0.0.9 255.255.255.254 10.0.1.77" "10.0.1.2"
echo "# from nobody"; m "0.0.0.0 0.0.0.1 10.0.1.1 255.255.255.255 224.0.0.1" 0.0.0.0
