# `ip link set DEV type KIND`: which kinds a device may be told the words of, and what says no; XDP programs that nobody has; names
# that settings have; devices without a master.
exec 2>&1
ip link add d0 address 02:00:00:00:00:01 type dummy; ip link add br0 type bridge; ip link add va type veth peer name vb; ip link add link d0 name d0.5 type vlan id 5; ip link add vr type vrf table 10; ip link set vb master br0
t() { echo "# $*"; "$@"; echo "= $?"; }
t ip -br link show nomaster | awk '{print $1}'; t ip -br link show master br0 | awk '{print $1}'; ip link set vb nomaster
for d in lo d0 br0 va d0.5 vr; do for k in dummy "vlan id 5" "vlan protocol 802.1ad" "vrf table 11" "bridge ageing_time 1000" bridge veth "gre ttl 5" gre "gretap ttl 5" "ipip ttl 5" "bond mode 1" nosuch "vxlan id 3" "bridge_slave cost 5" vrf_slave; do t ip link set $d type $k; done; done
: tunnels, which no fallback device of theirs is beside
ip netns add k; ip -n k link add g0 type gre remote 1.2.3.4 local 1.2.3.5; ip -n k link add i0 type ipip remote 1.2.3.7
for d in g0 i0; do for k in dummy "vlan id 5" "gre ttl 5" gre "gretap ttl 5" "ipip ttl 6" ipip "vrf table 4"; do t ip -n k link set $d type $k; done; ip -n k -d link show $d | sed -n '3s/numtx.*//p'; done
ip link set d0 master br0; ip link set va master vr
for d in d0 va; do for k in "bridge_slave cost 5" bridge_slave vrf_slave bridge "vlan id 5" dummy; do t ip link set $d type $k; done; done
for d in lo d0 br0 va; do for x in xdp xdpgeneric xdpdrv xdpoffload; do t ip link set dev $d $x off; done; t ip link set dev $d xdp none; done
cat >xdp.py <<'P'
import errno, os, socket, struct, subprocess
def attr(t, b): return struct.pack("HH", 4 + len(b), t) + b + bytes(-len(b) % 4)
i32 = lambda v: struct.pack("i", v)
u32 = lambda v: struct.pack("I", v)
s = socket.socket(16, 3, 0); s.bind((0, 0)); s.settimeout(2)
listen = socket.socket(16, 3, 0); listen.bind((0, 0)); listen.setsockopt(270, 1, 1); listen.setblocking(False)
def ask(words, *attrs, ix=socket.if_nametoindex("d0"), nest=attr):
    b = struct.pack("BBHiII", 0, 0, 0, ix, 0, 0) + nest(43, b"".join(attr(t, v) for t, v in attrs))
    s.send(struct.pack("IHHII", 16 + len(b), 19, 5, 7, 0) + b); d = s.recv(65536); e = -struct.unpack("i", d[16:20])[0]; told = 0
    try:
        while listen.recv(65536): told += 1
    except BlockingIOError: pass
    print(words, errno.errorcode[e] if e else "ok", "messages", told)
plain = os.open("/dev/null", 0)
for up in ("down", "up"):
    subprocess.run(["ip", "link", "set", "d0", up]); print("#", up)
    try:
        while listen.recv(65536): pass
    except BlockingIOError: pass
    ask("nothing"); ask("no program", (1, i32(-1))); ask("flags alone", (3, u32(2))); ask("no program, each mode", *((1, i32(-1)), (3, u32(2)))); ask("two modes", (1, i32(-1)), (3, u32(6))); ask("unknown flag", (1, i32(-1)), (3, u32(32)))
    ask("if there is none", (1, i32(-1)), (3, u32(1))); ask("replace what?", (1, i32(-1)), (3, u32(16))); ask("replace none", (1, i32(-1)), (3, u32(16)), (8, i32(-1))); ask("expected without replace", (1, i32(-1)), (8, i32(5))); ask("no program's descriptor", (1, i32(plain))); ask("replace it", (1, i32(-1)), (3, u32(16)), (8, i32(plain)))
    ask("attached", (2, b"\0")); ask("its number", (4, u32(1))); ask("short", (1, b"\1")); ask("long", (1, bytes(8))); ask("unknown", (9, u32(1)), (1, i32(-1)))
P
python3 xdp.py
for n in all default; do t ip link add $n type dummy; t ip link add x type veth peer name $n; t ip link set vb name $n; ip -br link show $n | awk '{print $1}'; ip link set $n name vb; t ip link add $n type bridge; t ip link add link d0 name $n type vlan id 7; done
ip netns add all; ip link set vb name all; t ip link set all netns all; ip -n all -br link show type veth | awk '{print $1}'
