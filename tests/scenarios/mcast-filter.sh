# What reaches a socket: by group, device and source, bound addresses, IP_MULTICAST_ALL, and raw sockets.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/host_and_router.sh"
ip link add eth1 netns h address 02:00:00:00:00:03 type veth peer name eth1 netns r address 02:00:00:00:00:04
ip -n h addr add 10.0.1.1/24 dev eth1; ip -n r addr add 10.0.1.2/24 dev eth1; ip -n h link set eth1 up; ip -n r link set eth1 up
ip -n r addr add 10.0.0.3/24 dev eth0; ip -n r addr add 10.0.0.4/24 dev eth0
until [ "$(ip -n h -o link show eth1 | grep -c 'state UP')" = 1 ]; do sleep 0.05; done
cat >recv.py <<'P'
import socket, struct, sys, os
A = socket.inet_aton; G = "239.1.1.1"; H = "239.1.1.2"; E0 = "10.0.0.1"; E1 = "10.0.1.1"
def u(addr="", *opts, t=2, p=0, dev=None):
    s = socket.socket(2, t, p); s.setsockopt(1, 2, 1); s.bind((addr, 5000))
    if dev: s.setsockopt(1, 25, dev.encode() + b"\0")
    for o, *v in opts: s.setsockopt(0, o, b"".join(x if isinstance(x, bytes) else A(x) for x in v))
    s.settimeout(0.2); return s
zero = struct.pack("i", 0)
S = {"any": u(), "not all": u("", (49, zero)), "G on eth0": u("", (35, G, E0)), "G on eth0, not all": u("", (35, G, E0), (49, zero)), "G on eth1": u("", (35, G, E1)), "bound to G": u(G), "bound to G, joined on eth1": u(G, (35, G, E1)),
 "bound to H": u(H), "only .3": u("", (39, G, E0, "10.0.0.3")), "only .3 and .4": u("", (39, G, E0, "10.0.0.3"), (39, G, E0, "10.0.0.4")), "not .3": u("", (35, G, E0), (38, G, E0, "10.0.0.3")), "H, not .2": u("", (35, H, E0), (38, H, E0, "10.0.0.2")),
 "emptied": u("", (35, G, E0), (38, G, E0, "10.0.0.3"), (37, G, E0, "10.0.0.3")), "device eth1": u("", dev="eth1"), "bound to us": u(E0),
 "raw": u("", t=3, p=17), "raw G on eth1": u("", (35, G, E1), t=3, p=17), "raw only .4": u("", (39, G, E0, "10.0.0.4"), t=3, p=17)}
c = u(""); c.connect(("10.0.0.3", 5001)); S["connected"] = c
d = u("", (35, G, E0)); d.connect(("10.0.0.3", 5001)); S["connected, joined"] = d
open("ready", "w")
import time
while not os.path.exists("sent"): time.sleep(0.05)
time.sleep(0.2)
for k, s in S.items():
    r = []
    s.setblocking(False)
    try:
        while 1: x = s.recv(1000); r.append(x.decode() if s.type != 3 else x[28:].decode())
    except BlockingIOError: pass
    print("%-26s %s" % (k, " ".join(sorted(r))))
P
cat >send.py <<'P'
import socket
def send(src, group, name):
    s = socket.socket(2, 2); s.setsockopt(1, 2, 1); s.bind((src, 5001)); s.setsockopt(0, 32, socket.inet_aton(src)); s.sendto(name.encode(), (group, 5000)); s.close()
for src in ("10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.1.2"):
    for g in ("239.1.1.1", "239.1.1.2", "239.1.1.3"): send(src, g, src[5:] + ">" + g[-1])
P
H python3 recv.py & until [ -e ready ]; do sleep 0.05; done
R python3 send.py; >sent; wait
H nstat -az | awk '/InMcastPkts|IgnoredMulti|UdpIn|UdpNo|IpInD/ && !/Octets|Ip6|Udp6/ {print $1, $2}'
