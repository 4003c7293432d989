# oracle: -i
# inet_peer_threshold, inet_peer_minttl, inet_peer_maxttl: how long it is remembered what a host was sent (icmp_ratelimit). What is
# forgotten begins anew. A host is forgotten when another, of which nothing was known, is looked for.
exec 2>&1
ip netns add h; ip -n h link set lo up; ip link add e0 address 02:00:00:00:00:01 type veth peer name e0 netns h address 02:00:00:00:00:02
ip link set e0 up; ip -n h link set e0 up; ip addr add 10.0.0.1/24 dev e0; for i in $(seq 10 60); do echo "addr add 10.0.0.$i/24 dev e0"; done | ip -n h -batch -
ip -n h neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev e0; for i in $(seq 10 60); do echo "neigh add 10.0.0.$i lladdr 02:00:00:00:00:02 dev e0"; done | ip -batch -
# A host has six errors in a minute, and one for each ten seconds from then on.
sysctl -qw net.ipv4.icmp_ratelimit=10000 net.ipv4.icmp_msgs_per_sec=100000 net.ipv4.icmp_msgs_burst=100000
cat >p.py <<'P'
import ctypes, errno, select, socket, time
def set(n, v):
    try:
        with open("/proc/sys/net/ipv4/inet_peer_" + n, "w") as f: f.write(str(v))
    except OSError as e: return errno.errorcode[e.errno]
    return open("/proc/sys/net/ipv4/inet_peer_" + n).read().strip()
with open("/run/netns/h") as f: home = open("/proc/self/ns/net"); ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
errors = socket.socket(2, 3, 1); senders = {}
for i in range(10, 61): senders[i] = socket.socket(2, 2); senders[i].bind(("10.0.0.%d" % i, 0))
ctypes.CDLL(None).setns(home.fileno(), 0x40000000)
def ask(i, n=12):
    for k in range(n): senders[i].sendto(b"x", ("10.0.0.1", 9))
    got = 0
    while select.select([errors], [], [], 0.2)[0]:
        m = errors.recv(2000); got += m[20] == 3
    return got
for n in ("threshold", "minttl", "maxttl"): print(n, [(v, set(n, v)) for v in (0, 1, -1, 2147483647, 2147483648, "x", "")])
set("threshold", 1000); set("minttl", 120); set("maxttl", 600)
print("# there is room: one, again, another, again", ask(10), ask(10), ask(11), ask(10), ask(11))
print("# no room"); set("threshold", 0); print("another comes, the first ones are forgotten:", ask(12), ask(10))
print("# room again"); set("threshold", 1000); print(ask(10), ask(13), ask(10))
print("# forgotten after a second"); set("maxttl", 1); set("minttl", 1); time.sleep(1.5); print("not by itself:", ask(10), "but when another comes:", ask(14), ask(10))
print("# the more there are, the sooner"); set("maxttl", 1000); set("minttl", 0); set("threshold", 1000); print(ask(20), ask(20), ask(21), ask(20)); time.sleep(1.5); print("there is much room:", ask(22), ask(20))
P
python3 p.py
