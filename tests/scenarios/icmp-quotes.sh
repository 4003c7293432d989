# What a router's complaint quotes, how long it is, and by which TOS and TTL it comes: for packets of several sizes, with
# options, fragments, and about none that must not be complained about.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h d
ip -n r neigh add 10.0.1.2 lladdr 02:00:00:00:01:01 dev eth1; ip -n r neigh add 10.0.2.2 lladdr 02:00:00:00:02:01 dev eth2
ip -n r route add unreachable 10.6.0.0/16; ip -n r route add prohibit 10.5.0.0/16; ip -n r route add blackhole 10.4.0.0/16; ip -n r route add throw 10.3.0.0/16
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0; sleep 0.3
cat >quote.py <<'P'
import select, socket
from netns import enter
import packets
from packets import ip
enter("h"); wire = socket.socket(17, 3, socket.htons(0x800)); wire.bind(("eth0", 0x800)); wire.setblocking(False)
def ask(what, dst="10.0.2.2", src="10.0.1.2", body=b"x" * 40, proto=17, ttl=1, tos=0, frag=0, options=b"", mac="020000000102"):
    packet = ip(body, proto, src, dst, ttl, tos, 7, frag, options)
    wire.send(bytes.fromhex(mac + "0200000001010800") + packet); out = []
    while select.select([wire], [], [], 0.03)[0]:
        p, where = wire.recvfrom(2000); p = p[14:]
        if where[2] == 4: continue
        l = (p[0] & 15) * 4; q = p[l + 8:]
        out.append("%d/%d %d bytes%s tos %#x ttl %d quotes %d, %s" % (p[l], p[l + 1], len(p), " with options " + p[20:l].hex() if l > 20 else "", p[1], p[8], len(q), "as sent" if packet.startswith(q) else "ttl and sum changed" if q[:8] + q[9:10] + q[12:] == packet[:len(q)][:8] + packet[9:10] + packet[12:len(q)] else "changed"))
    print("%-36s" % what, *out, sep=" | ")
for n in (0, 1, 7, 8, 100, 508, 520, 548, 549, 1000, 1480): ask("%d bytes" % n, body=b"x" * n)
ask("no route", "10.9.9.9", ttl=64); ask("unreachable", "10.6.1.1"); ask("prohibited", "10.5.1.1", ttl=64); ask("blackhole", "10.4.1.1"); ask("throw", "10.3.1.1"); ask("ttl 0", "10.0.2.2", ttl=0); ask("ttl 1, no route", "10.9.9.9"); ask("ttl 1, to the router", "10.0.2.1", ttl=1); ask("protocol 99 of the router", "10.0.1.1", proto=99)
for t in (0x10, 0xb8, 0xff, 1, 0xe0): ask("tos %#x" % t, tos=t)
ask("options", options=b"\1\1\1\0"); ask("record route", options=bytes.fromhex("0707040000000000")); ask("record route, ttl 1", "10.0.2.2", options=bytes.fromhex("0707040000000000"), ttl=1); ask("options and 1400 bytes", options=b"\1\1\1\0", body=b"y" * 1400)
ask("first fragment", frag=0x2000); ask("later fragment", frag=5); ask("last fragment", frag=0x2005); ask("later fragment, ttl 1", "10.0.2.2", frag=5, ttl=1)
icmp = lambda t, c=0: packets.icmp(t, c, data=bytes(28))
for t in (0, 8, 3, 4, 5, 11, 12, 13, 14, 17, 40): ask("about ICMP type %d" % t, proto=1, body=icmp(t))
ask("about a piece of ICMP", proto=1, body=b"\3"); ask("about empty ICMP", proto=1, body=b"")
ask("from 0.0.0.0", src="0.0.0.0"); ask("from loopback", src="127.0.0.1"); ask("from a group", src="224.0.0.1"); ask("from the broadcast address", src="10.0.1.255"); ask("from all ones", src="255.255.255.255"); ask("from elsewhere", src="10.0.2.2"); ask("from no route", src="172.16.0.1")
ask("to a group", "224.1.1.1", mac="01005e010101"); ask("to a group beyond", "225.1.1.1"); ask("in a broadcast frame", mac="ffffffffffff"); ask("in a multicast frame", mac="01005e000001"); ask("ttl 1 in a broadcast frame", "10.0.2.2", ttl=1, mac="ffffffffffff"); ask("to the network's broadcast", "10.0.2.255", ttl=1); ask("to all", "255.255.255.255", mac="ffffffffffff", proto=99)
P
python3 quote.py
