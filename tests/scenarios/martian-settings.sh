# The settings that make a router believe more or less: rp_filter of the device and of all, accept_local, route_localnet,
# src_valid_mark, one by one and together.
exec 2>&1
for n in h1 r h2; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h1 address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth0 netns h2 address 02:00:00:00:02:01 type veth peer name eth2 netns r address 02:00:00:00:02:02
ip -n h1 addr add 10.0.1.2/24 dev eth0; ip -n h2 addr add 10.0.2.2/24 dev eth0
ip -n r addr add 10.0.1.1/24 brd + dev eth1;  ip -n r addr add 10.0.2.1/24 brd + dev eth2
ip -n h1 link set eth0 up; ip -n h2 link set eth0 up; ip -n r link set eth1 up; ip -n r link set eth2 up
ip -n r route add 10.0.3.0/24 via 10.0.2.2; ip -n r route add blackhole 10.0.4.0/24; ip -n r route add unreachable 10.0.5.0/24
ip -n r route add 10.0.6.0/24 nexthop via 10.0.1.2 nexthop via 10.0.2.2; sleep 0.3
cat >m.py <<'P'
import ctypes, socket, struct, sys
def sum16(b):
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 0xffff) + (s >> 16)
    return ~s & 0xffff
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
enter("h1"); out = socket.socket(17, 3, 0)
enter("r")
def count():
    all = {}
    for f in ("snmp", "netstat"):
        lines = [l.split() for l in open("/proc/net/" + f)]
        for names, values in zip(lines[::2], lines[1::2]):
            all.update({n: int(v) for n, v in zip(names[1:], values[1:])})
    return all
def set(name, value): open("/proc/sys/net/ipv4/conf/" + name, "w").write(str(value))
def send(src, dst="10.0.1.1"):
    m = struct.pack("!BBHHH", 8, 0, 0, 7, 1); m = m[:2] + struct.pack("!H", sum16(m)) + m[4:]
    h = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 1, 0, socket.inet_aton(src), socket.inet_aton(dst))
    h = h[:10] + struct.pack("!H", sum16(h)) + h[12:]
    before = count(); out.sendto(bytes.fromhex("0200000001020200000001010800") + h + m, ("eth0", 0x800)); after = count()
    d = {k: after[k] - before.get(k, 0) for k in after if after[k] > before.get(k, 0)}
    return "in" if "InEchos" in d else "rpf" if "IPReversePathFilter" in d else "through" if "ForwDatagrams" in d else "no"
def row(what, *pairs): print("%-44s" % what, *("%s>%s:%s" % (s, d, send(s, d)) for s, d in pairs))
us = "10.0.1.1"
for dev in 0, 1, 2, 3, -1:
    for all_ in 0, 1, 2:
        set("eth1/rp_filter", dev); set("all/rp_filter", all_)
        row("rp_filter %d, all %d" % (dev, all_), *((s, us) for s in ("10.0.1.2", "10.0.2.2", "10.0.3.1", "10.0.4.1", "10.0.5.1", "10.0.6.1", "172.16.0.1")))
set("eth1/rp_filter", 0); set("all/rp_filter", 0)
for al in 0, 1:
    for rl in 0, 1:
        for rpf in 0, 1, 2:
            for who in "eth1", "all":
                set(who + "/accept_local", al); set(who + "/route_localnet", rl); set(who + "/rp_filter", rpf)
                row("%s accept_local %d route_localnet %d rp_filter %d" % (who, al, rl, rpf), *((s, us) for s in ("10.0.1.1", "10.0.2.1", "127.0.0.1", "127.4.4.4", "10.0.2.255")),
                    ("10.0.1.2", "127.0.0.1"), ("127.0.0.1", "127.0.0.1"), ("10.0.1.2", "127.200.0.1"))
                set(who + "/accept_local", 0); set(who + "/route_localnet", 0); set(who + "/rp_filter", 0)
P
echo "# forwarding off"; ip netns exec r python3 $PWD/m.py
echo "# marks"
ip -n r rule add iif eth1 fwmark 0 pref 100 lookup main; ip -n r rule add from all fwmark 5 lookup 55; ip -n r route add 10.0.3.0/24 via 10.0.1.2 table 55
for v in 0 1; do ip netns exec r sysctl -qw net.ipv4.conf.eth1.src_valid_mark=$v
  ip -n r route get 10.0.1.1 from 10.0.3.1 iif eth1 mark 5; ip -n r route get 10.0.1.1 from 10.0.3.1 iif eth1
  ip netns exec r sysctl -qw net.ipv4.conf.eth1.rp_filter=1
  ip -n r route get 10.0.1.1 from 10.0.3.1 iif eth1 mark 5; ip -n r route get 10.0.1.1 from 10.0.3.1 iif eth1
  ip netns exec r sysctl -qw net.ipv4.conf.eth1.rp_filter=0; done
