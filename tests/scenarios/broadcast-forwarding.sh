# Broadcasts that a router sees: on the wire that they came by, for another of its networks, with bc_forwarding; to all, as
# unicast frames; what is delivered, forwarded and answered.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/router.sh" h d
ip -n h route add default via 10.0.1.1; ip -n d route add default via 10.0.2.1; ip netns exec r sysctl -qw net.ipv4.ip_forward=1; ip -n h neigh replace 10.0.1.1 lladdr 02:00:00:00:01:02 dev eth0; sleep 0.3
for n in r d; do ip netns exec $n sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0; done
cat >bc.py <<'P'
import errno, socket, time
from netns import enter
ears = []
for n in "r", "d":
    enter(n); s = socket.socket(2, 2); s.bind(("", 7)); s.setblocking(False); s.setsockopt(0, 8, 1); ears.append((n, s))
enter("h")
def ask(to):
    s = socket.socket(2, 2); s.setsockopt(1, 6, 1)
    try: s.sendto(b"x", (to, 7))
    except OSError as e: return print(to, errno.errorcode[e.errno])
    time.sleep(0.03); out = []
    for n, ear in ears:
        try: d, anc, f, where = ear.recvmsg(9, 100); out.append("%s hears %s for %s as %s" % (n, where[0], socket.inet_ntoa(anc[0][2][8:12]), socket.inet_ntoa(anc[0][2][4:8])))
        except BlockingIOError: pass
    print(to, *out, sep=" | ")
def set(path, v):
    enter("r")
    with open("/proc/sys/net/ipv4/conf/" + path, "w") as f: f.write(str(v))
    enter("h")
def all():
    for to in "10.0.1.255", "10.0.2.255", "255.255.255.255", "10.0.1.0", "10.0.2.0": ask(to)
for e1 in 0, 1:
    for e2 in 0, 1: set("eth1/bc_forwarding", e1); set("eth2/bc_forwarding", e2); print("# bc_forwarding eth1 %d eth2 %d" % (e1, e2)); all()
set("eth1/bc_forwarding", 0); set("eth2/bc_forwarding", 0); set("all/bc_forwarding", 1); print("# all"); all()
set("eth1/bc_forwarding", 1); print("# all and eth1"); all(); set("eth1/rp_filter", 1); print("# with rp_filter"); all()
P
python3 bc.py
for v in 0 1; do ip netns exec r sysctl -qw net.ipv4.conf.all.bc_forwarding=$v net.ipv4.conf.eth1.bc_forwarding=1; for a in 10.0.2.255 10.0.1.255 255.255.255.255; do ip -n r route get $a from 10.0.1.2 iif eth1; done; ip netns exec h ping -b -c1 -W1 10.0.2.255 | grep -E 'from|trans' | sed 's/time.*//'; ip netns exec h ping -b -c1 -W1 10.0.1.255 | grep -E 'from|trans' | sed 's/time.*//'; done
ip netns exec r nstat -az IpForwDatagrams IpInAddrErrors IpExtInBcastPkts IpExtOutBcastPkts | grep -v '#'
