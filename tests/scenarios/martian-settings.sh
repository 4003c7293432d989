# The settings that make a router believe more or less: rp_filter of the device and of all, accept_local, route_localnet,
# src_valid_mark, one by one and together.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h1 h2
ip -n r route add 10.0.3.0/24 via 10.0.2.2; ip -n r route add blackhole 10.0.4.0/24; ip -n r route add unreachable 10.0.5.0/24
ip -n r route add 10.0.6.0/24 nexthop via 10.0.1.2 nexthop via 10.0.2.2; sleep 0.3
cat >m.py <<'P'
import socket
from counters import count
from netns import enter
from packets import icmp, ip
enter("h1"); out = socket.socket(17, 3, 0)
enter("r")
def set(name, value): open("/proc/sys/net/ipv4/conf/" + name, "w").write(str(value))
def send(src, dst="10.0.1.1"):
    before = count(); out.sendto(bytes.fromhex("0200000001020200000001010800") + ip(icmp(8, rest=b"\0\7\0\1"), src=src, dst=dst), ("eth0", 0x800)); after = count()
    d = {k: after[k] - before.get(k, 0) for k in after if after[k] > before.get(k, 0)}
    return "in" if "IcmpInEchos" in d else "rpf" if "TcpExtIPReversePathFilter" in d else "through" if "IpForwDatagrams" in d else "no"
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
