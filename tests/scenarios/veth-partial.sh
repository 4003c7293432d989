# A veth whose other end takes only short packets, and so a part of what one call sends: what the caller hears when it is cut into
# datagrams (UDP_SEGMENT: the answer to the last), into fragments (that to the first refused, behind which nothing is sent), or
# both; what arrives, and what is counted.
. "$(dirname "$0")/kit/begin.sh"
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n b link set e0 mtu 1000; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
ip -n a link add v7 link e0 type vlan id 7; ip -n b link add v7 link e0 type vlan id 7; ip -n a addr add 10.7.0.1/24 dev v7; ip -n b addr add 10.7.0.2/24 dev v7
for n in a b; do ip -n $n link set v7 up; done; ip -n a neigh add 10.7.0.2 lladdr 02:00:00:00:00:0b dev v7
ip netns exec a sysctl -qw net.ipv4.ip_no_pmtu_disc=1; ip netns exec a ethtool -K e0 tx-udp-segmentation off >/dev/null
cat >p.py <<'P'
import errno, socket
from netns import enter
enter("b"); r = socket.socket(2, 2); r.bind(("0.0.0.0", 5000)); r.setblocking(False)
raw = socket.socket(17, 3, socket.htons(0x800)); raw.bind(("e0", 0x800)); raw.setblocking(False); vraw = socket.socket(17, 3, socket.htons(0x800)); vraw.bind(("v7", 0x800)); vraw.setblocking(False); enter("a")
def counts():
    l = open("/proc/net/snmp").read().split("\n")
    c = {a + n: int(v) for i in range(0, len(l) - 1, 2) for a, n, v in zip([l[i].split(":")[0]] * 99, l[i].split()[1:], l[i + 1].split()[1:]) if a in ("Ip:", "Udp:")[0:2] or a.rstrip(":") in ("Ip", "Udp")}
    for dev in ("e0", "v7"):
        for k in ("tx_packets", "tx_dropped"): c[dev + "." + k] = int(open("/sys/class/net/%s/statistics/%s" % (dev, k)).read()) if False else 0
    for line in open("/proc/net/dev"):
        f = line.replace(":", " ").split()
        if f[0] in ("e0", "v7"): c[f[0] + ".tx"], c[f[0] + ".dropped"] = int(f[10]), int(f[12])
    return c
def drain(s):
    out = []
    while True:
        try: out.append(len(s.recv(70000)))
        except BlockingIOError: return out
def send(what, size, seg=0, to="10.0.0.2", recverr=False, kind=2, proto=0):
    s = socket.socket(2, kind, proto); s.connect((to, 5000))
    if seg: s.setsockopt(17, 103, seg)
    if recverr: s.setsockopt(0, 11, 1)
    before = counts()
    try: answer = s.send(bytes(size))
    except OSError as e: answer = errno.errorcode[e.errno]
    after = counts(); print("%-34s" % what, answer, drain(r), drain(raw), drain(vraw), " ".join("%s+%d" % (k, after[k] - before[k]) for k in after if after[k] != before[k]))
for recverr in (False, True):
    print("IP_RECVERR", recverr)
    for to in ("10.0.0.2", "10.7.0.2"):
        send("fits", 900, to=to, recverr=recverr); send("too long", 1400, to=to, recverr=recverr)
        for size, seg in ((1800, 900), (2400, 1200), (2500, 1200), (2600, 800), (1201, 1200), (100, 1200), (1300, 1200)): send("%d by %d" % (size, seg), size, seg, to, recverr)
        for size in (1473, 2000, 2900, 3000, 4000, 4500): send("%d in fragments" % size, size, 0, to, recverr)
send("raw, too long", 1400, kind=3, proto=200); send("raw, fragments", 3000, kind=3, proto=200); send("raw, both refused", 2900, kind=3, proto=200)
P
python3 p.py
