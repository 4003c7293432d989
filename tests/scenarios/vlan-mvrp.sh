# MVRP: VLANs are declared to the network, again and again while their devices are up, and taken back when they go.
exec 2>&1
ip link add p0 address 02:00:00:00:00:01 type veth peer name p1 address 02:00:00:00:00:02
ip link set p1 up; ip link set p0 up
cat >hear.py <<'P'
# What is declared on p1: for each word that another half of this script sends, the VLANs and events that came before it.
import socket
names = ["new", "join in", "in", "join empty", "empty", "leave"]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)); s.bind(("p1", 0))
open("ready", "w").close()
seen, frames = set(), 0
while True:
    f, a = s.recvfrom(2000)
    if a[2] == 4: continue
    if f[12:14] == b"\x88\xb5":
        word = f[14:].rstrip(b"\0").decode()
        seen -= {s.split()[0] + " join in" for s in seen if s.endswith("leave")}
        print("# " + word); print("  " + (", ".join(sorted(seen)) or "nothing") + (", again and again" if frames > 3 and word == "six seconds" else ""), flush=True)
        if word == "the end": break
        seen, frames = set(), 0
    if f[12:14] != b"\x88\xf5": continue
    frames += 1
    b = f[14:]; at = 3
    assert f[:6].hex() == "0180c2000021" and b[:3] == bytes([0, 1, 2]) and b[-4:] == bytes(4), b.hex()
    while b[at:at + 2] != bytes(2):
        head = int.from_bytes(b[at:at + 2], "big"); n = head & 0x1fff; first = int.from_bytes(b[at + 2:at + 4], "big")
        if head >> 13: seen.add("leave all")
        for i in range(n): seen.add("%d %s" % (first + i, names[b[at + 4 + i // 3] // (36, 6, 1)[i % 3] % 6]))
        at += 4 + (n + 2) // 3
P
cat >say.py <<'P'
import socket, sys
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0); s.bind((sys.argv[1], 0))
if sys.argv[2] == "word": s.send(bytes.fromhex("02000000000202000000000188b5") + sys.argv[3].encode())
else: s.send(bytes.fromhex("0180c200002102000000000288f5" + sys.argv[3]))
P
python3 hear.py & until [ -e ready ]; do sleep 0.05; done
d() { "$@"; sleep 1.7; python3 say.py p0 word "$*"; }
later() { sleep 1.7; python3 say.py p0 word "$*"; }
d ip link add link p0 name v5 type vlan id 5 mvrp on
d ip link add link p0 name v6 type vlan id 6 mvrp on
ip link add link p0 name v9 type vlan id 9 mvrp on; ip link add link p0 name v12 type vlan id 12 protocol 802.1ad mvrp on
d ip link set v5 up
sleep 6; python3 say.py p0 word "six seconds"
ip link set v6 up; ip link set v9 up; d ip link set v12 up
python3 say.py p1 frame 00010200010005b400000000; later another takes 5 back
python3 say.py p1 frame 000102200100052400000000; later another takes all back
python3 say.py p1 frame 01010200010005b400000000; python3 say.py p1 frame 0001; python3 say.py p1 frame 00010200ff0005b4; later frames that say nothing
d ip link set v9 type vlan mvrp off
later then
d ip link set v9 type vlan mvrp on
d ip link del v5
later then
ip link del v12; d ip link del v9
later then
d ip link set v6 down
d ip link del v6
later then
python3 say.py p0 word "the end"; wait
