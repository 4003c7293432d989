# bootp_relay: kept, but Linux never looks at it. Who has no address yet is heard by broadcast only, and never forwarded.
exec 2>&1
for n in c r s; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns c address 02:00:00:00:00:0c type veth peer name e0 netns r address 02:00:00:00:00:0a
ip link add e1 netns r address 02:00:00:00:00:1a type veth peer name e0 netns s address 02:00:00:00:00:0b
for x in c:e0 r:e0 r:e1 s:e0; do ip -n ${x%:*} link set ${x#*:} up; done
ip -n r addr add 10.0.0.1/24 brd + dev e0; ip -n r addr add 10.1.0.1/24 brd + dev e1; ip -n s addr add 10.1.0.2/24 brd + dev e0; ip -n s route add default via 10.1.0.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.e0.rp_filter=0
cat >p.py <<'P'
import ctypes, socket, struct, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def sum16(b):
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def frame(to, source, dest):
    body = b"discover"; udp = struct.pack("!4H", 68, 67, 8 + len(body), 0) + body
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, socket.inet_aton(source), socket.inet_aton(dest))
    return bytes.fromhex(to) + bytes.fromhex("02000000000c0800") + ip[:10] + struct.pack("!H", sum16(ip)) + ip[12:] + udp
def heard(s):
    time.sleep(0.05); s.setblocking(False); got = []
    while True:
        try: got.append("%s:%d" % s.recvfrom(100)[1])
        except BlockingIOError: return got
def count(): return {k: int(v) for k, v in zip(*[line.split()[1:] for line in open("/proc/net/snmp") if line.startswith("Ip:")]) if k in ("InAddrErrors", "ForwDatagrams", "InDelivers")}
enter("c"); w = socket.socket(17, 3); w.bind(("e0", 0x800))
enter("s"); far = socket.socket(2, 2); far.bind(("0.0.0.0", 67))
enter("r"); near = socket.socket(2, 2); near.bind(("0.0.0.0", 67))
for v in "0", "1":
    for d in "all", "e0": open("/proc/sys/net/ipv4/conf/%s/bootp_relay" % d, "w").write(v)
    for source in "0.0.0.0", "0.0.0.9", "10.0.0.7":
        for to, dest in (("ffffffffffff", "255.255.255.255"), ("ffffffffffff", "10.0.0.255"), ("02000000000a", "255.255.255.255"), ("02000000000a", "10.0.0.1"), ("02000000000a", "0.0.0.0"), ("02000000000a", "10.1.0.1"), ("02000000000a", "10.1.0.2"), ("02000000000a", "10.1.0.255")):
            before = count(); w.send(frame(to, source, dest)); a, b = heard(near), heard(far); now = count()
            print("bootp_relay %s: from %s to %s%s: the router hears %s, the server %s" % (v, source, dest, " as a broadcast" if to[0] == "f" else "", a, b), *("%s+%d" % (k, now[k] - before[k]) for k in now if now[k] > before[k]))
P
python3 p.py
