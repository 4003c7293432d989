# SO_ATTACH_FILTER: programs that are refused, what each instruction loads from a datagram, the kernel's own loads, what is cut off,
# SO_GET_FILTER and SO_LOCK_FILTER.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
cat >p.py <<'P'
import ctypes, socket, struct
from calls import t
keep = []
def fprog(ops):
    code = b"".join(struct.pack("HBBI", *o) for o in ops); keep.append(ctypes.create_string_buffer(code or b"\0")); return struct.pack("HxxxxxxP", len(ops), ctypes.addressof(keep[-1]))
def attach(ops, s=None): return t((s or socket.socket(2, 2)).setsockopt, 1, 26, fprog(ops))
LD, LDX, ST, STX, ALU, JMP, RET, MISC = range(8); W, H, B = 0, 8, 16; IMM, ABS, IND, MEM, LEN, MSH = 0, 32, 64, 96, 128, 160; K, X, A = 0, 8, 16
OK = (RET | K, 0, 0, 65535)
print("# refused or not")
for what, ops in (("empty", []), ("one return", [OK]), ("no return", [(LD | IMM, 0, 0, 1)]), ("jump past the end", [(JMP, 0, 0, 1), OK]), ("jump to the end", [(JMP, 0, 0, 0), OK]), ("jump backwards", [(JMP, 0, 0, 0xffffffff), OK]), ("conditional past the end", [(JMP | 0x10, 1, 0, 1), OK]), ("conditional past the end, false", [(JMP | 0x10, 0, 1, 1), OK]), ("divide by 0", [(ALU | 0x30, 0, 0, 0), OK]), ("modulo 0", [(ALU | 0x90, 0, 0, 0), OK]), ("shift by 32", [(ALU | 0x60, 0, 0, 32), OK]), ("shift by 31", [(ALU | 0x60, 0, 0, 31), OK]), ("load of M[16]", [(LD | MEM, 0, 0, 16), OK]), ("load of M[0] never stored", [(LD | MEM, 0, 0, 0), OK]), ("stored, then loaded", [(ST, 0, 0, 0), (LD | MEM, 0, 0, 0), OK]), ("stored on one way only", [(JMP | 0x10, 0, 1, 1), (ST, 0, 0, 3), (LD | MEM, 0, 0, 3), OK]), ("store M[16]", [(ST, 0, 0, 16), OK]), ("unknown", [(0xffff, 0, 0, 0), OK]), ("return X", [(RET | X, 0, 0, 0)]), ("return A", [(RET | A, 0, 0, 0)]), ("not an extension", [(LD | B | ABS, 0, 0, 0xfffff000 + 200), OK]), ("past the extensions", [(LD | B | ABS, 0, 0, 0xfffff000 + 64), OK]), ("neg", [(ALU | 0x80, 0, 0, 0), OK]), ("xor", [(ALU | 0xa0, 0, 0, 5), OK]), ("alu unknown", [(ALU | 0xb0, 0, 0, 5), OK]), ("4096", [OK] * 4096), ("4097", [OK] * 4097)): print("%-34s" % what, attach(ops))
print("too short an argument", t(socket.socket(2, 2).setsockopt, 1, 26, b"\1\0"), "null program", t(socket.socket(2, 2).setsockopt, 1, 26, struct.pack("HxxxxxxP", 1, 0)))
print("# what is seen"); u = socket.socket(2, 2); u.bind(("127.0.0.1", 5000)); u.settimeout(0.2); o = socket.socket(2, 2); o.bind(("127.0.0.1", 6000)); data = bytes(range(1, 41))
def length(ops):
    r = attach(ops, u)
    if r: return r
    o.sendto(data, ("127.0.0.1", 5000)); d = t(u.recv, 100)
    return d if isinstance(d, str) else len(d)
def tryit(what, ops):
    print("%-34s" % what, length(ops))
for n in (0, 1, 7, 8, 9, 20, 48, 49, 65535, 0xffffffff): tryit("return %d" % n, [(RET, 0, 0, n)])
small = lambda ops: ops + [(ALU | 0x50, 0, 0, 31), (ALU, 0, 0, 9), (RET | A, 0, 0, 0)]
for what, ops in (("length", [(LD | LEN, 0, 0, 0)]), ("source port, low", [(LD | B | ABS, 0, 0, 1)]), ("half", [(LD | H | ABS, 0, 0, 8)]), ("word", [(LD | W | ABS, 0, 0, 8)]), ("past the end", [(LD | B | ABS, 0, 0, 48)]), ("word across the end", [(LD | W | ABS, 0, 0, 45)]), ("indirect", [(LDX | IMM, 0, 0, 9), (LD | B | IND, 0, 0, 1)]), ("indirect, past", [(LDX | IMM, 0, 0, 90), (LD | B | IND, 0, 0, 1)]), ("4*([8]&0xf)", [(LDX | MSH | B, 0, 0, 8), (MISC | 0x80, 0, 0, 0)]), ("network header, version", [(LD | B | ABS, 0, 0, 0xfff00000)]), ("ttl", [(LD | B | ABS, 0, 0, 0xfff00008)]), ("link header", [(LD | B | ABS, 0, 0, 0xffe00000 + 13)]), ("protocol", [(LD | H | ABS, 0, 0, 0xfffff000)]), ("packet type", [(LD | B | ABS, 0, 0, 0xfffff004)]), ("interface", [(LD | W | ABS, 0, 0, 0xfffff008)]), ("mark", [(LD | W | ABS, 0, 0, 0xfffff014)]), ("queue", [(LD | W | ABS, 0, 0, 0xfffff018)]), ("device type, low", [(LD | W | ABS, 0, 0, 0xfffff01c)]), ("vlan tag", [(LD | W | ABS, 0, 0, 0xfffff02c)]), ("vlan present", [(LD | W | ABS, 0, 0, 0xfffff030)]), ("alu xor x", [(LD | W | ABS, 0, 0, 0xfffff008), (LDX | IMM, 0, 0, 5), (ALU | 0xa0 | X, 0, 0, 0)]), ("divide by x = 0", [(LD | IMM, 0, 0, 5), (LDX | IMM, 0, 0, 0), (ALU | 0x30 | X, 0, 0, 0)]), ("modulo by x = 0", [(LD | IMM, 0, 0, 5), (LDX | IMM, 0, 0, 0), (ALU | 0x90 | X, 0, 0, 0)]), ("scratch", [(LD | IMM, 0, 0, 7), (ST, 0, 0, 15), (LD | IMM, 0, 0, 1), (LD | MEM, 0, 0, 15)])): tryit(what, small(ops))
print("# kept"); g = socket.socket(2, 2); print(t(g.getsockopt, 1, 26, 0), attach([(LD | LEN, 0, 0, 0), OK], g), t(g.setsockopt, 1, 44, 1), g.getsockopt(1, 44), attach([OK], g), t(g.setsockopt, 1, 27, 0), t(g.setsockopt, 1, 44, 0), g.getsockopt(1, 44)); d = socket.socket(2, 2); print(t(d.setsockopt, 1, 27, 0), attach([OK], d), t(d.setsockopt, 1, 27, 0), t(d.setsockopt, 1, 27, 0))
P
python3 p.py
