# The SIOC*IF* ioctls on addresses and devices: what each says of a device, an alias, nobody; what each refuses.
exec 2>&1
ip link set lo up
ip link add e0 address 02:00:00:00:00:0a type veth peer name e1 address 02:00:00:00:00:0b; ip link set e0 up; ip link set e1 up
ip addr add 10.0.0.1/24 brd + dev e0; ip addr add 10.0.0.2/24 dev e0; ip addr add 10.0.1.1/24 dev e0 label e0:one; ip addr add 10.0.2.1 peer 10.0.2.2/32 dev e0 label e0:two
cat >io.py <<'P'
import errno, fcntl, socket, struct
import subprocess
s = socket.socket(2, 2)
def call(request, data, size=40):
    try: return fcntl.ioctl(s, request, data.ljust(size, b"\0"))
    except OSError as e: return errno.errorcode[e.errno]
def name(n): return n.encode().ljust(16, b"\0")
def addr(a, family=2, port=0): return struct.pack("=HH4s8x", family, port, socket.inet_aton(a))
def said(r):
    if isinstance(r, str): return r
    return r[16:32].hex() if r[16:18] != b"\2\0" else socket.inet_ntoa(r[20:24])
gets = {"NAME": 0x8910, "FLAGS": 0x8913, "ADDR": 0x8915, "DSTADDR": 0x8917, "BRDADDR": 0x8919, "NETMASK": 0x891b, "METRIC": 0x891d, "MEM": 0x891f, "MTU": 0x8921, "ENCAP": 0x8925, "HWADDR": 0x8927, "SLAVE": 0x8929, "PFLAGS": 0x8935, "COUNT": 0x8938, "TXQLEN": 0x8942, "MAP": 0x8970}
for n in ("e0", "e0:one", "e0:two", "e0:none", "lo", "nosuch", "", "a" * 16):
    print(repr(n), *("%s %s" % (k, said(call(v, name(n) + addr("0.0.0.0")))) for k, v in gets.items() if k != "NAME"), sep="\n  ")
print("INDEX", call(0x8933, name("lo"))[16:20].hex(), call(0x8933, name("e0:one")), call(0x8933, name("nosuch")))
for i in (0, 1, 2, 3, 99, 0xffffffff): r = call(0x8910, bytes(16) + struct.pack("I", i)); print("NAME of", i, r if isinstance(r, str) else r[:16].rstrip(b"\0"))
for which in ("10.0.0.2", "10.0.1.1", "10.0.0.9"): print("ADDR of e0, asked for", which, said(call(0x8915, name("e0") + addr(which))), said(call(0x891b, name("e0") + addr(which))))
print("# SIOCGIFCONF")
for size in (0, 1, 39, 40, 41, 100, 200, 4000):
    import array
    buffer = array.array("B", bytes(max(size, 1))); r = call(0x8912, struct.pack("iP", size, buffer.buffer_info()[0]), 16)
    n = struct.unpack("i", r[:4])[0]; b = buffer.tobytes()[:n]; print(size, n, *(b[i:i + 16].rstrip(b"\0").decode() + "=" + said(b[i:i + 40]) for i in range(0, n, 40)))
print(struct.unpack("i", call(0x8912, struct.pack("iP", 5, 0), 16)[:4]), call(0x8912, struct.pack("iP", -1, 0), 16))
def shown(): return subprocess.run("ip -o addr show dev e0 | sed 's/ *valid.*//; s/.*inet //'", shell=True, capture_output=True, text=True).stdout.split("\n")[:-1]
def do(what, request, n, a, **k): r = call(request, name(n) + addr(a, **k)); print(what, n, a, r if isinstance(r, str) else "ok"); [print("   ", l) for l in shown()]
SET = dict(ADDR=0x8916, DSTADDR=0x8918, BRDADDR=0x891a, NETMASK=0x891c)
print("# setting"); do("start", 0x8915, "e0", "0.0.0.0")
for what, n, a in (("NETMASK", "e0", "255.255.0.0"), ("NETMASK", "e0", "255.0.255.0"), ("NETMASK", "e0", "0.0.0.0"), ("NETMASK", "e0:none", "255.255.255.0"), ("BRDADDR", "e0", "10.0.0.77"), ("BRDADDR", "e0:one", "0.0.0.0"), ("DSTADDR", "e0:one", "10.0.3.3"), ("DSTADDR", "e0:one", "10.0.3.3"), ("ADDR", "e0:one", "10.0.1.2"), ("ADDR", "e0:new", "172.16.5.5"), ("ADDR", "e0", "192.168.1.1"), ("ADDR", "e0:new", "0.0.0.0"), ("ADDR", "e0", "224.0.0.1"), ("ADDR", "e0", "127.0.0.1"), ("ADDR", "e0", "240.0.0.1"), ("ADDR", "e0", "255.255.255.255"), ("ADDR", "e0", "0.0.0.5"), ("ADDR", "nosuch", "10.0.0.1"), ("ADDR", "e1:", "10.5.0.1"), ("ADDR", "e0:a:b", "10.6.0.1")): do(what, SET[what], n, a)
print(call(0x8916, name("e0") + addr("10.0.0.1", 10)), call(0x891c, name("e0") + addr("255.0.0.0", 1)), call(0x8915, name("e0") + addr("0.0.0.0", 7))[16:18].hex(), call(0x8936, name("e0") + addr("10.0.0.1")))
print("# flags and the like")
def flags(n="e0"): return "%04x" % struct.unpack("H", call(0x8913, name(n))[16:18])[0]
for f in (0x1002, 0x1003, 0x1103, 0x1303, 0x1083, 0x0003, 0x7fff, 0x1003): print("%04x" % f, call(0x8914, name("e0") + struct.pack("H", f)) if call(0x8914, name("e0") + struct.pack("H", f)) == "x" else 0, flags())
call(0x8914, name("e0:a:b") + struct.pack("H", 0)); print("alias", shown(), flags())
for request, values in ((0x8922, (68, 67, 1500, 65535, 65536, -1)), (0x8943, (0, 1, 1000, -1)), (0x891e, (0, 1, 5))):
    for v in values: r = call(request, name("e0") + struct.pack("i", v)); print("%x" % request, v, r if isinstance(r, str) else 0, struct.unpack("i", call(request - 1, name("e0"))[16:20])[0])
for h in (b"\1\0\2\0\0\0\0\x77", b"\1\0\1\0\0\0\0\x77", b"\1\0" + bytes(6), b"\2\0\2\0\0\0\0\x77"): r = call(0x8924, name("e0") + h); print(h.hex(), r if isinstance(r, str) else 0, call(0x8927, name("e0"))[16:24].hex())
for request in (0x8937, 0x8931, 0x8932): r = call(request, name("e0") + b"\0\0" + bytes.fromhex("010000000005")); print("%x" % request, r if isinstance(r, str) else 0)
r = call(0x8923, name("e0") + b"renamed\0"); print(r); call(0x8914, name("e0") + struct.pack("H", 0x1002)); print(call(0x8923, name("e0") + b"renamed\0")[:7], call(0x8923, name("renamed") + b"lo\0"), call(0x8923, name("renamed") + b"a/b\0"), call(0x8923, name("renamed") + b"e%d\0") != "x", subprocess.run("ip -br link | cut -c1-12", shell=True, capture_output=True, text=True).stdout.split())
for request in (0x8901, 0x8904, 0x8905, 0x8906, 0x8907, 0x8930, 0x8934, 0x8939, 0x8940, 0x8941, 0x894a, 0x89f0, 0x89ff, 0x8000, 0): print("%x" % request, call(request, name("lo")) if isinstance(call(request, name("lo")), str) else "ok")
P
python3 io.py
