# GVRP: VLANs are declared to the network while their devices are up, and taken back when they go; what others say is heeded.
exec 2>&1
ip link add p0 address 02:00:00:00:00:01 type veth peer name p1 address 02:00:00:00:00:02
ip link set p1 up; ip link set p0 up
cat >hear.py <<'P'
# Prints what is declared on p1, a frame a line, until a frame that this script's other half sends.
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind(("p1", 0))
open("ready", "w").close()
while True:
    f, a = s.recvfrom(2000)
    if a[2] == 4: continue
    if f[12:14] == b"\x88\xb5": break
    if f[:6] == bytes.fromhex("0180c2000021"): print(f[6:].hex(" ", 2), flush=True)
P
cat >say.py <<'P'
# Puts a frame on a device: destination, type or length, payload.
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind((sys.argv[1], 0))
p = bytes.fromhex(sys.argv[4]); t = int(sys.argv[3], 16) or len(p)
s.send(bytes.fromhex(sys.argv[2]) + bytes.fromhex("020000000002") + t.to_bytes(2, "big") + p)
P
python3 hear.py & until [ -e ready ]; do sleep 0.05; done
d() { echo "# $*"; "$@"; sleep 0.7; }
heard() { d python3 say.py p1 0180c2000021 0 424203"$1"; }
d ip link add link p0 name v5 type vlan id 5 gvrp on
d ip link add link p0 name v6 type vlan id 6
ip maddr show dev p0
d ip link set v5 up
d ip link set v6 up
d ip link set v6 type vlan gvrp on
d ip link set v6 down
d ip link set v6 up
d ip link set v6 type vlan gvrp off
d ip link set v6 type vlan gvrp on
: others know of it, have forgotten it, leave it, all of them
heard 00010104020005000000; heard 00010104010005000000; heard 00010104050005000000; heard 0001010403000504030006000000; heard 000101020000000000
: of no protocol, no attribute, no end
heard 00020104010005000000; heard 00010204010005000000; heard 000101ff010005; d python3 say.py p1 0180c2000022 0 42420300010104010005000000
d ip link add link p0 name v7 type vlan id 7 protocol 802.1ad gvrp on
d ip link set v7 up
d ip link del v7
d ip link del v5
d ip link set v6 type vlan gvrp off
d ip link set v6 type vlan gvrp on
ip link set p0 down; d ip link set p0 up
d ip link del v6
ip maddr show dev p0
python3 say.py p0 020000000002 88b5 00; wait
