# "The address belongs to the host": whatever device it is on, whoever asks by another, and by which address and device
# a socket speaks when it is told: SO_BINDTODEVICE, IP_PKTINFO, IP_UNICAST_IF, bind.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_wires.sh"
ip -n b addr add 192.0.2.2/32 dev lo; ip -n b link add d0 address 02:00:00:00:00:d0 type dummy; ip -n b addr add 198.51.100.2/24 dev d0
ip -n a route add 192.0.2.2 via 10.0.0.2; ip -n a route add 198.51.100.0/24 via 10.0.1.2; sleep 0.3
ip -n b link set d0 up
for i in 10.0.0.2 10.0.1.2; do ip netns exec a ping -c1 -W1 $i | grep -c from; done
cat >udp.py <<'P'
import errno, socket, struct
from netns import enter
enter("b"); there = socket.socket(2, 2); there.bind(("0.0.0.0", 7)); there.setsockopt(0, 8, 1); there.settimeout(0.03)
enter("a"); names = {n: socket.if_nametoindex(n) for n in ("lo", "eth0", "eth1")}; names[None] = 0; names["?"] = 99
def says(what, f):
    try: f()
    except OSError as e: return print(what, errno.errorcode[e.errno])
    try: data, anc, fl, addr = there.recvmsg(10, 100)
    except OSError as e: return print(what, "sent, not received")
    index, spec, dst = struct.unpack("I4s4s", anc[0][2])
    print(what, "from", addr[0], "to", socket.inet_ntoa(dst), "local", socket.inet_ntoa(spec), "dev", {v: k for k, v in here.items()}[index])
enter("b"); here = {n: socket.if_nametoindex(n) for n in ("lo", "eth0", "eth1")}; enter("a")
def new(): 
    s = socket.socket(2, 2); s.setsockopt(1, 6, 1); return s
for to in "10.0.0.2", "10.0.1.2", "192.0.2.2", "198.51.100.2", "10.0.0.1", "255.255.255.255", "8.8.8.8":
    for dev in None, "lo", "eth0", "eth1", "?":
        for src in "0.0.0.0", "10.0.0.1", "10.0.1.1", "9.9.9.9":
            s = new(); says("pktinfo %s %s %s:" % (to, dev, src), lambda: s.sendmsg([b"x"], [(0, 8, struct.pack("I4s4s", names[dev], socket.inet_aton(src), bytes(4)))], 0, (to, 7)))
    for dev in "lo", "eth0", "eth1":
        s = new(); s.setsockopt(1, 25, dev.encode()); says("bindtodevice %s %s:" % (to, dev), lambda: s.sendto(b"x", (to, 7)))
        s = new(); s.setsockopt(0, 50, struct.pack("!I", names[dev])); says("unicast_if %s %s:" % (to, dev), lambda: s.sendto(b"x", (to, 7)))
        def conn(): s.connect((to, 7)); s.send(b"x")
        s = new(); s.setsockopt(0, 50, struct.pack("!I", names[dev])); says("unicast_if, connected %s %s:" % (to, dev), conn)
    s = new(); s.bind(("10.0.1.1", 0)); says("bound %s:" % to, lambda: s.sendto(b"x", (to, 7)))
s = new()
for v in b"", b"\0\0", struct.pack("!I", 0), struct.pack("!I", 99), struct.pack("I", names["eth0"]):
    try: s.setsockopt(0, 50, v); print("unicast_if", v.hex(), s.getsockopt(0, 50, 4).hex())
    except OSError as e: print("unicast_if", v.hex(), errno.errorcode[e.errno])
s.setsockopt(1, 25, b"eth0")
for n in "lo", "eth0":
    try: s.setsockopt(0, 50, struct.pack("!I", names[n])); print("bound to eth0, unicast_if", n)
    except OSError as e: print("bound to eth0, unicast_if", n, errno.errorcode[e.errno])
P
python3 udp.py
