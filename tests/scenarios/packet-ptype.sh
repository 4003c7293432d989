# Who is shown packets: /proc/net/ptype lists packet sockets by Linux's names for how they take them.
ip link set lo up
ip link add d0 type dummy; ip link add d1 type dummy; ip link set d0 up; ip link set d1 up
cat /proc/net/ptype
python3 - <<'P'
import socket, struct
RX_RING, VERSION, FANOUT = 5, 10, 18
def packet(kind, proto, device=None):
    s = socket.socket(socket.AF_PACKET, kind, socket.htons(proto) if device is None else 0)
    if device: s.bind((device, proto))
    return s
def show(what):
    print("-", what)
    print(open("/proc/net/ptype").read(), end="")
nothing = packet(socket.SOCK_RAW, 0)
everything = packet(socket.SOCK_RAW, 3)
ip = packet(socket.SOCK_DGRAM, 0x800)
arp_at_d0 = packet(socket.SOCK_RAW, 0x806, "d0")
at_d1 = packet(socket.SOCK_RAW, 3, "d1")
at_d0 = packet(socket.SOCK_RAW, 3, "d0")
lldp = packet(socket.SOCK_RAW, 0x88cc)
vlan = packet(socket.SOCK_RAW, 0x8100)
show("sockets")
at_d0.setsockopt(263, RX_RING, struct.pack("IIII", 4096, 2, 2048, 4))
show("with a ring")
for s in (everything, lldp): s.setsockopt(263, FANOUT, s.fileno() | 0 << 16)
show("in groups")
at_d1.close(); ip.close(); everything.close()
show("some gone")
P
cat /proc/net/ptype
