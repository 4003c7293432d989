# route/min_adv_mss: what a SYN and the answer to it promise to take never goes below it by a path's or route's MTU.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
ip -n a route add 10.2.0.0/16 via 10.0.0.2; for i in 1 2 3; do ip -n b addr add 10.2.0.$i/32 dev lo; done
cat >p.py <<'P'
import ctypes, errno, socket, struct, subprocess, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def ip(words): subprocess.run(["ip", *words.split()], check=True)
def set(n, v):
    try:
        with open("/proc/sys/net/ipv4/" + n, "w") as f: f.write(str(v))
    except OSError as e: return errno.errorcode[e.errno]
def mss_of(frame):
    tcp = frame[20:]; options = tcp[20:(tcp[12] >> 4) * 4]
    return struct.unpack("!H", options[2:4])[0] if options[:2] == b"\2\4" else None
enter("b"); seen = socket.socket(17, 2, socket.htons(3)); seen.bind(("e0", 3)); seen.settimeout(2)
l = socket.socket(); l.bind(("0.0.0.0", 80)); l.listen(50); enter("a")
def syns(to, before=None):
    # what both ends promise; and what the client believes of its own promise
    seen.setblocking(False)
    try:
        while seen.recv(2000): pass
    except BlockingIOError: pass
    seen.settimeout(2)
    s = socket.socket()
    if before: s.setsockopt(6, 2, before)
    s.connect((to, 80)); got = {}
    while len(got) < 2:
        f = seen.recv(2000)
        if f[9] == 6 and f[20 + 13] & 2: got[f[20 + 13]] = mss_of(f)
    info = struct.unpack("=8B24I", s.getsockopt(6, 11, 104)); c, _ = l.accept(); them = struct.unpack("=8B24I", c.getsockopt(6, 11, 104)); s.close(); c.close()
    return "SYN %s SYN-ACK %s advmss %s %s" % (got[2], got[0x12], info[8 + 19], them[8 + 19])
print("default", open("/proc/sys/net/ipv4/route/min_adv_mss").read().strip())
for v in (-1, 0, 256, 1460, 1461, 65535, 70000, 2147483647):
    r = set("route/min_adv_mss", v); enter("b"); set("route/min_adv_mss", v); enter("a"); print(v, r, syns("10.2.0.1"))
for mtu in (1400, 552, 200, 68):
    ip("route replace 10.2.0.0/16 via 10.0.0.2 mtu %d" % mtu)
    for v in (0, 256, 1000): set("route/min_adv_mss", v); print("route mtu", mtu, "min", v, syns("10.2.0.1"))
set("route/min_adv_mss", 1000); ip("route replace 10.2.0.0/16 via 10.0.0.2 advmss 700"); print("advmss of the route", syns("10.2.0.1"))
ip("route replace 10.2.0.0/16 via 10.0.0.2 mtu 600 advmss 700"); print("both", syns("10.2.0.1")); print("TCP_MAXSEG 500", syns("10.2.0.1", 500))
def too_big(dest, size):
    def sum16(b):
        s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
        while s >> 16: s = (s & 0xffff) + (s >> 16)
        return ~s & 0xffff
    m = struct.pack("!BBHHH", 3, 4, 0, 0, size) + struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1500, 1, 0x4000, 64, 1, 0, socket.inet_aton("10.0.0.1"), socket.inet_aton(dest)) + struct.pack("!BBHHH", 0, 0, 0, 1, 1)
    enter("b"); socket.socket(2, 3, 1).sendto(m[:2] + struct.pack("!H", sum16(m)) + m[4:], ("10.0.0.1", 0)); enter("a")
print("# what was learnt of the path"); ip("route replace 10.2.0.0/16 via 10.0.0.2")
for size in (1300, 600):
    too_big("10.2.0.2", size); time.sleep(0.1); print(subprocess.run("ip route get 10.2.0.2 | sed -n 's/expires [0-9]*/expires N/;2p'", shell=True, capture_output=True, text=True).stdout.strip())
    for v in (0, 256, 1000): set("route/min_adv_mss", v); print("path mtu", size, "min", v, syns("10.2.0.2"), "another:", syns("10.2.0.3"))
set("route/min_adv_mss", 1000)
print("TCP_MAXSEG 500 and none of the route"); ip("route replace 10.2.0.0/16 via 10.0.0.2"); print(syns("10.2.0.1", 500))
P
python3 p.py
