# Requests that a listener has answered and that never became connections: states, timers, queue of the listener.
exec 2>&1
ip link add d0 address 02:00:00:00:00:01 type veth peer name d1 address 02:00:00:00:00:02
ip netns add peer
ip link set d1 netns peer
ip addr add 10.0.0.1/24 dev d0
ip link set d0 up
ip -n peer link set d1 up
for i in 2 3 4; do ip neigh add 10.0.0.$i lladdr 02:00:00:00:00:02 dev d0; done
for _ in $(seq 100); do ip -br link show d0 | grep -q ' UP ' && break; sleep 0.02; done
cat >syn.py <<'P'
import socket, struct, sys
def csum(b):
    s = sum(struct.unpack("!%dH" % (len(b) // 2), b))
    while s >> 16: s = (s & 65535) + (s >> 16)
    return ~s & 65535
p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
p.bind(("d1", 0x0800))
for host in (2, 3, 4):
    src, dst = bytes((10, 0, 0, host)), bytes((10, 0, 0, 1))
    def tcp(c): return struct.pack("!HHIIBBHHHBBH", 1000 + host, 5000, 7, 0, 6 << 4, 2, 65535, c, 0, 2, 4, 1460)
    t = tcp(csum(src + dst + struct.pack("!HH", 6, 24) + tcp(0)))
    def ip(c): return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 44, 1, 0, 64, 6, c, src, dst)
    p.send(bytes.fromhex("020000000001" "020000000002" "0800") + ip(csum(ip(0))) + t)
P
python3 - <<'P'
import socket, subprocess
def ss(args):
    out = subprocess.run("ss " + args + " | sed -E 's/timer:\\(on,[0-9.]+m?s(ec)?,[0-9]/timer:(on,T,N/'", shell=True, capture_output=True, text=True).stdout
    head, *rest = out.splitlines()
    print("--", args, *[head, *sorted(rest)], sep="\n", flush=True)
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("10.0.0.1", 5000))
l.listen(5)
subprocess.run("ip netns exec peer python3 syn.py", shell=True)
import time
for _ in range(100):
    if subprocess.run("ss -Htn state syn-recv | wc -l", shell=True, capture_output=True, text=True).stdout == "3\n": break
    time.sleep(0.02)
ss("-tano")
ss("-tne state syn-recv | sed -E 's/sk:[0-9a-f]+/sk:C/'")
ss("-tn state syn-recv dport = :1003")
ss("-tn state syn-recv dst 10.0.0.4")
ss("-tn state syn-recv src 10.0.0.4")
ss("-ltn")
P
