# Control data of one message: TOS, TTL, source, device, options, mark, priority; what the wire carries then, and what is refused.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n a addr add 10.0.0.11/24 dev e0; ip -n a link add d0 type dummy; ip -n a addr add 10.1.0.1/24 dev d0; ip -n a link set d0 up; ip -n a route add default via 10.0.0.2; ip -n a route add 10.9.0.0/16 via 10.0.0.2 table 9; ip -n a rule add fwmark 9 table 9
ip netns exec a sysctl -qw net.ipv4.ping_group_range="0 2147483647"
cat >p.py <<'P'
import ctypes, errno, socket, struct
from calls import t
from netns import enter
from tap import arrived, tap
seen = tap("b", "e0"); enter("a")
def wire():
    return ["%s>%s tos %#x ttl %d DF %d opts %s" % (socket.inet_ntoa(p[12:16]), socket.inet_ntoa(p[16:20]), p[1], p[8], p[6] >> 6 & 1, p[20:(p[0] & 15) * 4].hex()) for p in arrived(seen, 0.01)]
i = lambda v: struct.pack("i", v)
info = lambda index, spec: struct.pack("I", index) + socket.inet_aton(spec) + bytes(4)
E0, D0 = socket.if_nametoindex("e0"), socket.if_nametoindex("d0")
cases = [("none", [])] + [("tos %d" % v, [(0, 1, i(v))]) for v in (0, 4, 255, 256, -1)] + [("tos byte", [(0, 1, b"\x20")]), ("tos short", [(0, 1, b"\x20\0")])] + [("ttl %d" % v, [(0, 2, i(v))]) for v in (0, 1, 255, 256, -1)] + [("ttl byte", [(0, 2, b"\x20")])]
cases += [("pktinfo %d %s" % (x, a), [(0, 8, info(x, a))]) for x in (0, 1, E0, D0, 99) for a in ("0.0.0.0", "10.0.0.11", "10.1.0.1", "9.9.9.9", "10.0.0.255", "224.0.0.1")] + [("pktinfo short", [(0, 8, b"\0" * 11)]), ("pktinfo long", [(0, 8, b"\0" * 13)])]
cases += [("options", [(0, 7, b"\x07\x07\x04\0\0\0\0\x01")]), ("options bad", [(0, 7, b"\x07\x07\x03\0\0\0\0\x01")]), ("options 41", [(0, 7, b"\x01" * 41)]), ("options none", [(0, 7, b"")]), ("recvttl", [(0, 12, i(1))]), ("protocol", [(0, 52, i(17))]), ("unknown", [(0, 99, i(1))]), ("other level", [(6, 1, i(1))]), ("mark", [(1, 36, i(9))]), ("mark short", [(1, 36, b"\1")]), ("priority", [(1, 12, i(3))]), ("txtime", [(1, 61, bytes(8))]), ("rights", [(1, 1, i(0))]), ("stamping", [(1, 37, i(2))]), ("sol unknown", [(1, 99, i(1))]), ("two", [(0, 1, i(8)), (0, 2, i(7)), (0, 1, i(16))])]
for kind, proto in ((2, 0), (3, 99), (2, 1)):
    print("# type %d protocol %d" % (kind, proto))
    for what, c in cases:
        s = socket.socket(2, kind, proto); r = t(s.sendmsg, [b"\x08\0\0\0\0\0\0\0"], c, 0, ("10.0.0.2", 5000)); print(what, r, *wire(), sep=" | ")
print("# by a mark's route"); s = socket.socket(2, 2)
for c in ([], [(1, 36, i(9))]): print(t(s.sendmsg, [b"x"], c, 0, ("10.9.1.1", 5)), *wire())
print("# malformed"); libc = ctypes.CDLL(None, use_errno=True)
for length in (0, 1, 15, 16, 17, 20, 24, 25, 1000, 2**40):
    control = struct.pack("QiiI", length, 0, 2, 7).ljust(24, b"\0"); name = struct.pack("=H", 2) + struct.pack("!H4s8x", 5000, socket.inet_aton("10.0.0.2")); b = ctypes.create_string_buffer(b"x"); iov = ctypes.create_string_buffer(struct.pack("PN", ctypes.addressof(b), 1)); cb = ctypes.create_string_buffer(control, 24); nb = ctypes.create_string_buffer(name, 16)
    m = ctypes.create_string_buffer(struct.pack("PIPNPNi", ctypes.addressof(nb), 16, ctypes.addressof(iov), 1, ctypes.addressof(cb), 24, 0), 56); r = libc.sendmsg(s.fileno(), m, 0); print(length, r if r >= 0 else errno.errorcode[ctypes.get_errno()], *wire())
P
python3 p.py
