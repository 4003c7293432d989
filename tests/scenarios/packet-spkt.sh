# SOCK_PACKET, the packet sockets of Linux before 2.2, which name devices rather than number them (busybox's udhcpd asks by one
# whether an address is free): making, binding, names, what is refused, frames received and sent.
. "$(dirname "$0")/kit/begin.sh"
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a link add d0 type dummy; ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a neigh add 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:0a dev e0
cat >p.py <<'P'
import ctypes, errno, os, select, socket, struct, subprocess, time
from netns import enter
libc = ctypes.CDLL(None, use_errno=True)
def e(r): return r if r >= 0 else errno.errorcode[ctypes.get_errno()]
def sock(family=2, proto=0x806): return e(libc.socket(family, 10 | socket.SOCK_NONBLOCK, socket.htons(proto)))
def name(s, peer=False):
    b = ctypes.create_string_buffer(32); n = ctypes.c_int(32)
    r = e((libc.getpeername if peer else libc.getsockname)(s, b, ctypes.byref(n))); return r, n.value, b.raw[:n.value] if r == 0 else ""
def bind(s, dev, n=16): return e(libc.bind(s, struct.pack("H30s", 17, dev), n))
def pkt(dev, proto): return struct.pack("H14sH", 2, dev, socket.htons(proto)) + bytes(20)
def send(s, data, to=None, n=18): return e(libc.sendto(s, data, len(data), 0, to, n if to else 0))
def recv(s, room=2000, flags=0):
    select.select([s], [], [], 0.1); b = ctypes.create_string_buffer(room or 1); a = ctypes.create_string_buffer(64); n = ctypes.c_int(64); r = e(libc.recvfrom(s, b, room, flags, a, ctypes.byref(n)))
    return r if isinstance(r, str) else (r, bytes(b.raw[:min(r, room)][:42]).hex(), n.value, struct.unpack("H14sH", a.raw[:18]))
def poll(s): p = select.poll(); p.register(s, 1 | 4 | 8); return p.poll(0)[0][1]
enter("a"); s = sock(); print("made", s > 2, sock(17) > 2, sock(2, 0) > 2, sock(1), sock(10))
o = socket.socket(fileno=os.dup(s)); print(o.family, int(o.type), o.proto, o.getsockopt(1, 38), o.getsockopt(1, 3), o.getsockopt(1, 39))
print("names", name(s), name(s, True)); print(*[bind(s, *a) for a in ((b"e0", 15), (b"e0", 20), (b"nosuch", 16), (b"", 16), (b"d0", 16))], name(s), poll(s), recv(s), recv(s)); print(bind(s, b"e0"), name(s))
print("options", *[e(libc.setsockopt(s, l, o, struct.pack("i", 1), 4)) for l, o in ((263, 8), (1, 7), (0, 1))], *[e(libc.getsockopt(s, l, o, ctypes.create_string_buffer(4), ctypes.byref(ctypes.c_int(4)))) for l, o in ((263, 6), (0, 1))],
      e(libc.connect(s, pkt(b"e0", 0x806), 18)), e(libc.listen(s, 1)), e(libc.shutdown(s, 2)), e(libc.accept(s, None, None)))
print(*[l.split()[2:6] for l in open("/proc/net/packet").read().split("\n")[1:] if l], sep="\n")
print(*subprocess.run(["ss", "-0Hn"], capture_output=True, text=True).stdout.split("\n"), sep="\n")
arp = bytes.fromhex("ffffffffffff" "02000000000b" "0806" "0001080006040001" "02000000000b" "0a000002" "000000000000" "0a000001")
enter("b"); raw = socket.socket(17, 3, socket.htons(3)); raw.bind(("e0", 3)); raw.setblocking(False); enter("a")
raw.send(arp); time.sleep(0.1); print("recv", poll(s), recv(s), recv(s)); raw.send(arp); print("seen in part", recv(s, 20, socket.MSG_TRUNC | socket.MSG_PEEK), recv(s, 20), recv(s)); raw.send(arp); print("empty", recv(s, 0))
raw.send(arp); time.sleep(0.1); n = ctypes.create_string_buffer(4); import fcntl; fcntl.ioctl(s, 0x541b, n); print("FIONREAD", struct.unpack("i", n.raw)[0]); recv(s)
ip = sock(2, 0x800); print("ip", bind(ip, b"e0")); everything = sock(2, 3)
def drain(f):
    out = []
    while True:
        r = f()
        if isinstance(r, (str, OSError)): return out
        out.append(r)
def heard():
    select.select([raw], [], [], 0.1)
    try: b = raw.recv(2000); return len(b), b.hex()[:40]
    except OSError as x: return x
drain(lambda: recv(everything)); drain(heard)
frame = bytes.fromhex("02000000000b" "02000000000a") + b"\x08\x06" + arp[14:]
print("send"); print(send(s, frame), send(s, frame, pkt(b"e0", 0x806), 15), send(s, frame, pkt(b"nosuch", 0x806)), send(s, frame, pkt(b"d0", 0x806)), send(s, b"", pkt(b"e0", 0x806)), send(s, b"x" * 13, pkt(b"e0", 0x806)), drain(heard))
for what, data, to, n in (("18", frame, pkt(b"e0", 0x806), 18), ("16", frame, pkt(b"e0", 0x806), 16), ("17", frame, pkt(b"e0", 0x806), 17), ("20", frame, pkt(b"e0", 0), 20), ("header", frame[:14], pkt(b"e0", 0x806), 18), ("1514", frame + bytes(1472), pkt(b"e0", 0x806), 18),
                          ("1515", frame + bytes(1473), pkt(b"e0", 0x806), 18), ("1518 tagged", frame[:12] + b"\x81\0\0\7" + frame[12:] + bytes(1472), pkt(b"e0", 0x8100), 18), ("1519", frame + bytes(1477), pkt(b"e0", 0x806), 18)):
    print(what, send(s, data, to, n), drain(heard), [(r[0], r[2], r[3]) for r in drain(lambda: recv(everything)) if r[3][1][:2] == b"e0"])
print("lo", send(s, frame, pkt(b"lo", 0x806)), [(r[0], r[3]) for r in drain(lambda: recv(everything))])
subprocess.run("ping -c1 -W1 10.0.0.2 >/dev/null", shell=True); print("ping", [(r[0], r[1][:28]) for r in drain(lambda: recv(ip))], [(r[0], r[3]) for r in drain(lambda: recv(everything))])
f = socket.socket(fileno=os.dup(ip)); prog = struct.pack("HBBI", 6, 0, 0, 20); buf = ctypes.create_string_buffer(prog); print("filter", e(libc.setsockopt(ip, 1, 26, struct.pack("HxxxxxxQ", 1, ctypes.addressof(buf)), 16)))
subprocess.run("ping -c1 -W1 10.0.0.2 >/dev/null", shell=True); print([(r[0], r[1][:28]) for r in drain(lambda: recv(ip))])
subprocess.run("ip -n a link set e0 down; ip -n a link set e0 name e9", shell=True); print("down", recv(s), recv(s), name(s), send(s, frame, pkt(b"e9", 0x806))); subprocess.run("ip -n a link set e9 up", shell=True); raw.send(arp); time.sleep(0.2); print("up", recv(s))
subprocess.run("ip -n a link del e9", shell=True); print("gone", recv(s), recv(s), name(s))
P
python3 p.py
