# Odd ARP packets from a peer: whether there is an answer, and what is learnt.
exec 2>&1
ip netns add a
ip netns add b
ip link add v0 address 02:00:00:00:00:01 netns a type veth peer name v1 address 02:00:00:00:00:02 netns b
ip -n a addr add 10.0.0.1/24 dev v0
ip -n a link set v0 up
ip -n b link set v1 up
for _ in $(seq 100); do ip -n a -br link show v0 | grep -q ' UP ' && break; sleep 0.02; done
cat >/tmp/arp-bad-input.$$.py <<'PY'
import re, socket, struct, subprocess, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x806))
s.bind(("v1", 0x806)); s.settimeout(0.1)
P = bytes.fromhex("020000000002")
US = bytes.fromhex("020000000001")
BC = b"\xff" * 6
ip = socket.inet_aton
def arp(op=1, sha=P, sip="10.0.0.2", tha=bytes(6), tip="10.0.0.1", hrd=1, pro=0x800, hln=6, pln=4):
    return struct.pack("!HHBBH", hrd, pro, hln, pln, op) + sha + ip(sip) + tha + ip(tip)
def test(what, body, to=BC, src=P):
    s.setblocking(False)
    try:
        while True: s.recv(2000)
    except BlockingIOError: s.settimeout(0.1)
    s.send(to + src + b"\x08\x06" + body)
    got = "silence"
    try:
        while True:
            f, a = s.recvfrom(2000)
            if a[2] != 4:
                got = "%d bytes to %s, op %d, %s is at %s" % (len(f), f[:6].hex(":"), f[21], socket.inet_ntoa(f[28:32]), f[22:28].hex(":"))
                break
    except TimeoutError: pass
    print("%s: %s" % (what, got))
    learnt = subprocess.run(["ip", "-n", "a", "neigh", "show", "nud", "all"], capture_output=True, text=True).stdout
    for line in sorted(learnt.splitlines()): print("  " + re.sub("DELAY|PROBE", "STALE", line))
    for line in learnt.splitlines(): subprocess.run(["ip", "-n", "a", "neigh", "del", line.split()[0], "dev", "v0"])
tests = [
    ("a request", arp()),
    ("a reply", arp(op=2, tha=US), US),
    ("padded to 46 bytes", arp() + bytes(18)),
    ("with a long tail", arp() + bytes(200)),
    ("RARP request", arp(op=3)), ("RARP reply", arp(op=4)),
    ("InARP request", arp(op=8)), ("InARP reply", arp(op=9)),
    ("op 0", arp(op=0)), ("op 65535", arp(op=65535)),
    ("hardware 6 (IEEE 802)", arp(hrd=6)), ("hardware 0", arp(hrd=0)), ("hardware 15 (frame relay)", arp(hrd=15)),
    ("protocol 0x86dd", arp(pro=0x86dd)), ("protocol 0x806", arp(pro=0x806)),
    ("hardware length 5", arp(hln=5)), ("hardware length 0", arp(hln=0)), ("hardware length 255", arp(hln=255)),
    ("protocol length 16", arp(pln=16)), ("protocol length 0", arp(pln=0)),
    ("27 bytes", arp()[:27]), ("8 bytes", arp()[:8]), ("1 byte", arp()[:1]), ("nothing", b""),
    ("sender 0.0.0.0, target us", arp(sip="0.0.0.0")),
    ("sender 0.0.0.0, target another", arp(sip="0.0.0.0", tip="10.0.0.9")),
    ("sender 0.0.0.0, reply", arp(op=2, sip="0.0.0.0")),
    ("sender 255.255.255.255", arp(sip="255.255.255.255")),
    ("sender 10.0.0.255", arp(sip="10.0.0.255")),
    ("sender 224.0.0.1", arp(sip="224.0.0.1")),
    ("sender 127.0.0.1", arp(sip="127.0.0.1")),
    ("sender 240.0.0.1", arp(sip="240.0.0.1")),
    ("sender ours, their hardware", arp(sip="10.0.0.1")),
    ("sender ours, their hardware, reply", arp(op=2, sip="10.0.0.1", tip="10.0.0.1")),
    ("sender elsewhere", arp(sip="10.9.9.9")),
    ("target 0.0.0.0", arp(tip="0.0.0.0")),
    ("target 255.255.255.255", arp(tip="255.255.255.255")),
    ("target 10.0.0.255", arp(tip="10.0.0.255")),
    ("target 224.0.0.1", arp(tip="224.0.0.1")),
    ("target 127.0.0.1", arp(tip="127.0.0.1")),
    ("sender hardware broadcast", arp(sha=BC)),
    ("sender hardware multicast", arp(sha=bytes.fromhex("01005e000001"))),
    ("sender hardware zero", arp(sha=bytes(6))),
    ("sender hardware ours", arp(sha=US)),
    ("sender hardware not the frame's", arp(sha=bytes.fromhex("020000000099"))),
    ("target hardware not ours", arp(tha=bytes.fromhex("020000000099"))),
    ("to another host's MAC address", arp(), bytes.fromhex("020000000099")),
    ("to a multicast MAC address", arp(), bytes.fromhex("01005e000001")),
    ("to us alone", arp(), US),
]
for one in tests: test(*one)
PY
ip netns exec b python3 /tmp/arp-bad-input.$$.py
rm -f /tmp/arp-bad-input.$$.py
