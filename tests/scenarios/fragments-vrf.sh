# Fragments of two VRFs with the same addresses and numbers are different datagrams; those of one device and another in one VRF are not.
. "$(dirname "$0")/kit/begin.sh"
ip netns add h
for i in 0 1 2; do ip link add d$i address 02:00:00:00:01:0$i type veth peer name h$i netns h address 02:00:00:00:00:0$i; ip link set d$i up; ip -n h link set h$i up; done
for v in 0 1; do ip -n h link add v$v type vrf table 1$v; ip -n h link set v$v up; done
ip -n h link set h0 master v0; ip -n h link set h1 master v1; ip -n h link set h2 master v0; ip -n h link set lo up
for i in 0 1 2; do ip -n h addr add 10.0.0.2/24 dev h$i; ip -n h neigh add 10.0.0.9 lladdr 02:00:00:00:01:0$i dev h$i; ip netns exec h sysctl -qw net.ipv4.conf.h$i.rp_filter=0; done; ip netns exec h sysctl -qw net.ipv4.conf.all.rp_filter=0
cat >hear.py <<'P'
import socket, select
ss = []
for d in ("v0", "v1"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.setsockopt(socket.SOL_SOCKET, 25, d.encode() + b"\0"); s.bind(("10.0.0.2", 7)); ss.append((d, s))
open("ready", "w").close()
while True:
    for s in select.select([s for _, s in ss], [], [])[0]:
        b = s.recv(9000); print("  %s hears %s" % ([d for d, t in ss if t is s][0], b), flush=True)
        if b == b"the end.": raise SystemExit
P
ip netns exec h python3 hear.py & until [ -e ready ]; do sleep 0.05; done
cat >say.py <<'P'
# DEVICE:ID:PART...: parts a and b of a datagram by a device
import socket, struct, sys, time
from packets import ip
print("#", *sys.argv[1:], flush=True)
for w in sys.argv[1:]:
    dev, id, part = w.split(":"); i = int(dev[1])
    body = {"a": struct.pack("!HHHH", 5, 7, 24, 0), "b": b"by " + dev.encode() + b" ..", "c": b" and so.", "z": struct.pack("!HHHH", 5, 7, 16, 0) + b"the end."}[part].ljust(8, b".")
    frag = {"a": 0x2000, "b": 0x2001, "c": 2, "z": 0}[part]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind((dev, 0))
    s.send(bytes([2, 0, 0, 0, 0, i, 2, 0, 0, 0, 1, i, 8, 0]) + ip(body, 17, "10.0.0.9", "10.0.0.2", ident=int(id), frag=frag))
time.sleep(0.3)
P
t() { python3 say.py "$@"; }
t d0:1:a d0:1:b d0:1:c
t d0:2:a d1:2:b d1:2:a d0:2:b d1:2:c d0:2:c
t d0:3:a d2:3:b d0:3:c
t d1:4:a d0:4:b d2:4:c
t d0:4:a
t d1:4:c
ip netns exec h nstat -az IpReasmReqds IpReasmOKs | tail -n +2
t d0:9:z; wait
