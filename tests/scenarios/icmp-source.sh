# By which address a router complains: of the device that it sends by, or of the one that the packet came by
# (icmp_errors_use_inbound_ifaddr); with several addresses, with none, and where it is itself the destination.
. "$(dirname "$0")/kit/begin.sh"
for n in h r d; do ip netns add $n; ip -n $n link set lo up; done
ip link add eth0 netns h address 02:00:00:00:01:01 type veth peer name eth1 netns r address 02:00:00:00:01:02
ip link add eth9 netns h address 02:00:00:00:09:01 type veth peer name eth9 netns r address 02:00:00:00:09:02
ip link add eth0 netns d address 02:00:00:00:02:01 type veth peer name eth2 netns r address 02:00:00:00:02:02
ip -n h addr add 10.0.1.2/24 dev eth0; ip -n h addr add 10.0.9.2/24 dev eth9; ip -n d addr add 10.0.2.2/24 dev eth0
ip -n r addr add 10.0.1.1/24 dev eth1; ip -n r addr add 10.0.1.77/24 dev eth1; ip -n r addr add 10.0.2.1/24 dev eth2; ip -n r addr add 10.0.9.1/24 dev eth9; ip -n r addr add 192.0.2.1/32 dev lo
for x in "h eth0" "h eth9" "d eth0" "r eth1" "r eth2" "r eth9"; do set -- $x; ip -n $1 link set $2 up; done
ip -n d route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratemask=0; for n in h r d; do ip netns exec $n sysctl -qw net.ipv4.conf.all.rp_filter=0; done; sleep 0.3
cat >who.py <<'P'
import socket, time
from netns import enter
enter("h")
def ask(what, to, port=9, ttl=64, size=1, df=False, src=None, dev=None):
    s = socket.socket(2, 2); s.setsockopt(0, 11, 1); s.setsockopt(0, 2, ttl); s.settimeout(0.5)
    if df: s.setsockopt(0, 10, 2)
    if dev: s.setsockopt(1, 25, dev)
    if src: s.bind((src, 0))
    start = time.time()
    try: s.sendto(b"x" * size, (to, port)); s.recv(1)
    except OSError as e: pass
    for i in range(20):
        try: data, anc, fl, where = s.recvmsg(1, 200, 0x2040); break
        except OSError: time.sleep(0.02)
    else: return print(what, "nothing")
    v = anc[0][2]; print(what, "%d/%d from %s" % (v[5], v[6], socket.inet_ntoa(v[20:24])))
def all():
    ask("port, to its near address", "10.0.1.1"); ask("port, to its second address", "10.0.1.77"); ask("port, to its far address", "10.0.2.1"); ask("port, to lo's", "192.0.2.1"); ask("ttl", "10.0.2.2", ttl=1); ask("ttl, from another network", "10.0.2.2", ttl=1, src="10.0.9.2"); ask("no route", "7.7.7.7"); ask("unreachable", "6.6.6.6"); ask("prohibited", "5.5.5.5"); ask("too big", "10.0.2.2", size=1200, df=True); ask("ttl, from 10.0.9.2 by eth0", "10.0.2.2", ttl=1, src="10.0.9.2", dev=b"eth0")
def r(command):
    import subprocess; subprocess.run(["ip", "netns", "exec", "r"] + command.split())
import subprocess
subprocess.run("ip -n h route add default via 10.0.1.1; ip -n r route add unreachable 6.6.6.6; ip -n r route add prohibit 5.5.5.5; ip -n r link set eth2 mtu 1000; ip -n h route flush cache", shell=True)
for v in "01":
    r("sysctl -qw net.ipv4.icmp_errors_use_inbound_ifaddr=" + v); print("use_inbound_ifaddr", v); all()
print("# a route back with a source of its own"); subprocess.run("ip -n r route add 10.0.1.2 dev eth1 src 192.0.2.1", shell=True)
for v in "01":
    r("sysctl -qw net.ipv4.icmp_errors_use_inbound_ifaddr=" + v); print("use_inbound_ifaddr", v); ask("ttl", "10.0.2.2", ttl=1); ask("port", "10.0.1.1")
print("# no address on the near device"); subprocess.run("ip -n r route del 10.0.1.2; ip -n r addr flush dev eth1; ip -n r route add 10.0.1.0/24 dev eth1; ip -n h neigh replace 10.0.1.1 lladdr 02:00:00:00:01:02 dev eth0; ip -n r neigh replace 10.0.1.2 lladdr 02:00:00:00:01:01 dev eth1", shell=True)
for v in "01":
    r("sysctl -qw net.ipv4.icmp_errors_use_inbound_ifaddr=" + v); print("use_inbound_ifaddr", v); ask("ttl", "10.0.2.2", ttl=1); ask("port, to its far address", "10.0.2.1")
P
python3 who.py
