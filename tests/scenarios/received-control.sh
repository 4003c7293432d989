# What comes beside a datagram: every option that asks for control data, on UDP and raw sockets, for packets to one, to all, to a group,
# from the own host and from another; and a buffer that is too small for it.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
sleep 0.3
cat >p.py <<'P'
import socket, struct, time
from calls import t
from netns import enter
enter("a"); o = socket.socket(2, 2); o.bind(("10.0.0.1", 6000)); o.setsockopt(1, 6, 1); o.setsockopt(0, 1, 0x48); o.setsockopt(0, 2, 33); o.setsockopt(0, 33, 9); enter("b")
mreq = socket.inet_aton("224.0.0.77") + socket.inet_aton("10.0.0.2")
options = dict(PKTINFO=(0, 8), RECVOPTS=(0, 6), RETOPTS=(0, 7), RECVTTL=(0, 12), RECVTOS=(0, 13), RECVORIGDSTADDR=(0, 20), CHECKSUM=(0, 23), RECVFRAGSIZE=(0, 25), PASSSEC=(0, 18), TIMESTAMP=(1, 29), TIMESTAMPNS=(1, 35), TIMESTAMP_NEW=(1, 63), TIMESTAMPNS_NEW=(1, 64), RXQ_OVFL=(1, 40), PASSCRED=(1, 16), RCVMARK=(1, 75))
def cm(m): return [(l, k, (d.hex() if k not in (29, 35, 37, 63, 64) or l == 0 else "%d bytes" % len(d) if k != 37 else [x != (0, 0) for x in struct.iter_unpack("qq", d)])) for l, k, d in m[1]] + ([hex(m[2])] if m[2] else [])
for what, value in [(k, 1) for k in options] + [("TIMESTAMPING", v) for v in (0, 8, 16, 24, 0x58)]:
    for kind in (2, 3):
        time.sleep(0.2)
        s = socket.socket(2, kind, 0 if kind == 2 else 17); s.settimeout(0.5)
        if kind == 2: s.bind(("0.0.0.0", 5000))
        r = t(s.setsockopt, *(options.get(what) or (1, 37)), value); s.setsockopt(0, 35, mreq); print("%s type %d: set %s" % (what, kind, r))
        if r: continue
        for to in ("10.0.0.2", "10.0.0.255", "224.0.0.77"):
            o.sendto(b"hello", (to, 5000)); m = t(s.recvmsg, 100, 500); print("   to", to, cm(m) if not isinstance(m, str) else m)
        l = socket.socket(2, 2); l.bind(("127.0.0.1", 6001)); l.sendto(b"hello", ("127.0.0.2", 5000)); m = t(s.recvmsg, 100, 500); print("   lo", cm(m) if not isinstance(m, str) else m); l.close(); s.close()
print("# all at once, into buffers of each size"); s = socket.socket(2, 2); s.bind(("0.0.0.0", 5000)); s.settimeout(0.5)
for k in ("PKTINFO", "RECVTTL", "RECVTOS", "RECVORIGDSTADDR", "RETOPTS"): s.setsockopt(*options[k], 1)
o.setsockopt(0, 4, b"\x07\x07\x04\0\0\0\0\x01")
for size in list(range(0, 150, 7)) + [500]: o.sendto(b"hello", ("10.0.0.2", 5000)); m = s.recvmsg(3, size); print(size, m[0], hex(m[2]), [(l, k, len(d)) for l, k, d in m[1]])
print("# peek, and what a connected one says"); o.sendto(b"hello", ("10.0.0.2", 5000)); print(cm(s.recvmsg(10, 500, 2)) == cm(s.recvmsg(10, 500)))
P
python3 p.py
