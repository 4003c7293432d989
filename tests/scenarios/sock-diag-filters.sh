# Filters of socket dumps as programs: which are taken, which are refused, and whom they find.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
cat >q.py <<'P'
import socket, struct
from sock_diag import attr, talk, v2
NOP, JMP, S_GE, S_LE, D_GE, D_LE, AUTO, S_COND, D_COND, DEV, MARK, S_EQ, D_EQ, CGROUP = range(14)
def op(code, yes, no, more=b""): return struct.pack("BBH", code, yes, no) + more
def host(code, yes, no, family, prefix, port, a=b""): return op(code, yes, no, struct.pack("BBxxi", family, prefix, port) + a)
def port(n): return struct.pack("BBH", 0, 0, n)
socks = []
for n in (5000, 5001, 5002):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.%d" % (n - 4999), n)); socks.append(s)
socks[1].setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x35)
socks[2].setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
socks[0].connect(("127.0.0.2", 5001))
auto = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); auto.connect(("127.0.0.3", 5002))
def run(text, program):
    answers, end = talk(v2(17) + attr(1, program))
    ports = sorted(struct.unpack_from("!HH", a[2], 4) for a in answers)
    print(text + ":", end, ["auto" if p[0] > 10000 else p[0] for p in ports])
lo = socket.if_nametoindex("lo")
print("- conditions")
run("nop", op(NOP, 4, 0)); run("nop, whatever no", op(NOP, 4, 77))
run("jump", op(JMP, 4, 4)); run("jump out", op(JMP, 4, 8))
for name, code in (("sport >=", S_GE), ("sport <=", S_LE), ("sport =", S_EQ), ("dport >=", D_GE), ("dport <=", D_LE), ("dport =", D_EQ)):
    for n in (0, 5001, 65535): run("%s %d" % (name, n), op(code, 8, 12, port(n)))
run("auto", op(AUTO, 4, 8))
a = socket.inet_aton
run("src", host(S_COND, 16, 20, 2, 32, -1, a("127.0.0.2"))); run("src/8", host(S_COND, 16, 20, 2, 8, -1, a("127.9.9.9")))
run("src/31", host(S_COND, 16, 20, 2, 31, -1, a("127.0.0.3"))); run("src/0", host(S_COND, 16, 20, 2, 0, -1, a("1.2.3.4")))
run("src port", host(S_COND, 12, 16, 0, 0, 5002)); run("dst and port", host(D_COND, 16, 20, 2, 32, 5001, a("127.0.0.2")))
run("dst, wrong port", host(D_COND, 16, 20, 2, 32, 5002, a("127.0.0.2"))); run("IPv6", host(S_COND, 28, 32, 10, 128, -1, bytes(16)))
run("mapped", host(S_COND, 28, 32, 10, 128, -1, bytes(10) + b"\xff\xff" + a("127.0.0.1")))
run("any family", host(S_COND, 12, 16, 0, 0, -1))
run("device", op(DEV, 8, 12, struct.pack("I", lo))); run("no device", op(DEV, 8, 12, struct.pack("I", 0)))
run("mark", op(MARK, 12, 16, struct.pack("II", 0x35, 0xffffffff))); run("mark/mask", op(MARK, 12, 16, struct.pack("II", 0x5, 0xf)))
run("mark outside its mask", op(MARK, 12, 16, struct.pack("II", 0x35, 0xf))); run("no mark", op(MARK, 12, 16, struct.pack("II", 0, 0xff)))
run("cgroup", op(CGROUP, 12, 16, struct.pack("Q", 1))); run("another cgroup", op(CGROUP, 12, 16, struct.pack("Q", 77)))
print("- together")
eq = lambda n, yes, no: op(S_EQ, yes, no, port(n))
run("a or b", eq(5000, 8, 12) + op(JMP, 4, 12) + eq(5002, 8, 12))
run("a and b", op(S_GE, 8, 20, port(5001)) + op(S_LE, 8, 12, port(5001)))
run("not a", eq(5000, 8, 12) + op(JMP, 4, 8))
run("long", b"".join(op(S_GE, 8, 12 + 8 * (19 - i), port(4000 + i)) for i in range(20)))
print("- refused")
run("nothing", b""); run("3 bytes", b"\0\4\0"); run("5 bytes", op(NOP, 4, 4) + b"\0"); run("7 bytes", op(NOP, 4, 4) + b"\0\4\0")
for code in (14, 15, 255): run("operation %d" % code, op(code, 4, 8))
for yes in (0, 1, 2, 3, 5, 8, 252, 255): run("nop, yes %d" % yes, op(NOP, yes, 4))
for no in (0, 1, 2, 4, 5, 8, 12, 16, 65535, 65532): run("auto, no %d" % no, op(AUTO, 4, no))
for yes, no in ((4, 12), (8, 4), (8, 8), (8, 12), (8, 16), (12, 12)): run("port, %d %d" % (yes, no), eq(5000, yes, no))
run("port without port", op(S_EQ, 4, 8)); run("port cut", op(S_EQ, 8, 12))
run("into an operation", eq(5000, 8, 12) + eq(5001, 8, 4)); run("into the middle", op(AUTO, 4, 8) + eq(5000, 8, 12)); run("beyond", eq(5000, 8, 24) + eq(5001, 8, 12))
run("host cut", host(S_COND, 12, 16, 2, 32, -1)); run("host without all", op(S_COND, 4, 8)); run("host's prefix", host(S_COND, 16, 20, 2, 33, -1, a("1.2.3.4")))
run("host's family", host(S_COND, 16, 20, 1, 0, -1, a("1.2.3.4"))); run("prefix of no address", host(S_COND, 12, 16, 0, 1, -1))
run("host's yes", host(S_COND, 12, 20, 2, 32, -1, a("1.2.3.4"))); run("host's no", host(S_COND, 16, 12, 2, 32, -1, a("1.2.3.4")))
run("device cut", op(DEV, 4, 8)); run("mark cut", op(MARK, 8, 12, bytes(4))); run("cgroup cut", op(CGROUP, 8, 12, bytes(4)))
run("not wanted, cut", op(JMP, 4, 4) + op(S_EQ, 4, 8))
print("- where they count")
answers, end = talk(v2(17, src="127.0.0.1", sport=5000) + attr(1, b"junk"), flags=0); print(end)
answers, end = talk(v2(17) + attr(1, op(JMP, 4, 8)) + attr(1, op(NOP, 4, 4))); print(end, len(answers))
answers, end = talk(v2(99) + attr(1, b"junk")); print(end)
answers, end = talk(v2(99) + attr(1, op(NOP, 4, 4))); print(end)
P
python3 q.py
