# Whose packets a router believes: each class of source, to the router itself, through it, to all, and to a group.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2
ip -n h2 route add default via 10.0.2.1; sleep 0.3
ip netns exec h2 ping -c1 -W1 10.0.2.1 >/dev/null
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0 net.ipv4.icmp_echo_ignore_broadcasts=0
cat >martian.py <<'P'
import socket, sys
from counters import count
from netns import enter
from packets import icmp, ip
enter("h1"); out = socket.socket(17, 3, 0)
enter("r")
wanted = ("IpInAddrErrors", "IpInDelivers", "IpForwDatagrams", "IpOutNoRoutes", "IpExtInNoRoutes", "IpExtInMcastPkts", "IpExtInBcastPkts",
          "TcpExtIPReversePathFilter", "IcmpInEchos", "IcmpOutDestUnreachs")
def send(src, dst):
    mac = b"\xff" * 6 if dst.endswith(".255") else b"\1\0\x5e\0\0\1" if dst[:3] == "224" else bytes.fromhex("020000000102")
    before = count()
    out.sendto(mac + bytes.fromhex("0200000001010800") + ip(icmp(8, rest=b"\0\7\0\1"), src=src, dst=dst), ("eth0", 0x800))
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
