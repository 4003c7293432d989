# Marks of packets: SO_MARK, fwmark_reflect for answers, IP_TOS and SO_PRIORITY beside them; which rules they meet.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_wires.sh"
ip -n b addr add 192.0.2.2/32 dev lo; ip -n a addr add 192.0.2.1/32 dev lo
ip -n a route add 192.0.2.2 via 10.0.0.2; ip -n a route add 192.0.2.2 via 10.0.1.2 table 7; ip -n a rule add fwmark 7 lookup 7; ip -n a rule add fwmark 0x100/0xf00 prohibit; ip -n a rule add tos 0x08 fwmark 9 blackhole; sleep 0.3
for q in "" "mark 7" "mark 6" "mark 0x100" "mark 0x1ff" "mark 0x2100" "mark 9" "mark 9 tos 0x08" "mark 7 tos 0x08" "mark 4294967295"; do ip -n a route get 192.0.2.2 $q; done
cat >mark.py <<'P'
import errno, socket, struct
from netns import enter
enter("b"); there = socket.socket(2, 2); there.bind(("", 7)); there.setsockopt(0, 8, 1); there.setsockopt(0, 13, 1); there.settimeout(0.2)
here = {socket.if_nametoindex(n): n for n in ("eth0", "eth1")}
enter("a")
def try_(mark, tos=0, bound=None, raw=False, priority=None):
    s = socket.socket(2, 2)
    try:
        s.setsockopt(1, 36, mark)
        if tos: s.setsockopt(0, 1, tos)
        if priority is not None: s.setsockopt(1, 12, priority)
        if bound: s.connect(("192.0.2.2", 7)); s.send(b"x")
        else: s.sendto(b"x", ("192.0.2.2", 7))
        d, anc, f, where = there.recvmsg(9, 200); say = "%s by %s" % (where[0], [here[struct.unpack_from("I", v)[0]] for l, t, v in anc if t == 8][0])
    except OSError as e: say = errno.errorcode.get(e.errno, str(e))
    print("mark %#x tos %#x%s:" % (mark & 0xffffffff, tos, " connected" if bound else ""), s.getsockopt(1, 36), "priority", s.getsockopt(1, 12), say)
for m in (0, 7, 6, 0x100, 0x1ff, 9, -1):
    for tos in (0, 8, 0x10): try_(m, tos); try_(m, tos, True)
for p in (0, 6, 7, -1): try_(0, 0, None, False, p); try_(0, 0x10, None, False, p)
s = socket.socket(2, 2); s.setsockopt(1, 36, 7); s.connect(("192.0.2.2", 7)); print(s.getsockname()[0]); s.setsockopt(1, 36, 0); s.send(b"y"); print(there.recvmsg(9, 100)[3][0])
s = socket.socket(2, 2); s.bind(("192.0.2.1", 0)); s.sendmsg([b"z"], [(1, 36, struct.pack("I", 7))], 0, ("192.0.2.2", 7)); d, anc, f, where = there.recvmsg(9, 200); print("cmsg mark", [here[struct.unpack_from("I", v)[0]] for l, t, v in anc if t == 8])
P
python3 mark.py
for v in 0 1; do ip netns exec a sysctl -w net.ipv4.fwmark_reflect=$v; ip netns exec b ping -c1 -W0.5 -m 7 10.0.0.1 | grep -E "from|trans" | sed 's/time.*//'; ip netns exec b ping -c1 -W1 -I 192.0.2.2 10.0.0.1 | grep -E "from|trans" | sed 's/time.*//'; done
ip netns exec a ping -c1 -W1 -m 7 192.0.2.2 | grep -E "from|trans" | sed 's/time.*//'; ip netns exec a ping -c1 -W1 -m 256 192.0.2.2; ip netns exec a ping -c1 -W1 -m x 192.0.2.2
