# What questions about routes are refused by, with strict checking of headers and without: error, text, offset.
exec 2>&1
ip link set lo up; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
cat >get.py <<'P'
import errno, socket, struct
def A(kind, body): 
    if isinstance(body, int): body = struct.pack("I", body)
    return struct.pack("HH", len(body) + 4, kind) + body + b"\0" * (-len(body) % 4)
def ip(text): return socket.inet_aton(text)
seq = 0
def ask(s, kind, flags, body):
    global seq; seq += 1
    s.send(struct.pack("IHHII", 16 + len(body), kind, flags, seq, 0) + body)
    kinds = {}
    while True:
        try: data = s.recv(65536); at = 0
        except TimeoutError: return "no answer"
        while at < len(data):
            l, t, fl = struct.unpack_from("IHH", data, at)
            if t == 2 or t == 3:
                code = -struct.unpack_from("i", data, at + 16)[0]; out = [errno.errorcode.get(code, code)] if code else ["ok"]
                tlv = at + (20 if t == 3 else 36 if fl & 0x100 else 36 + struct.unpack_from("I", data, at + 20)[0] - 16)
                while fl & 0x200 and tlv + 4 <= at + l:
                    al, k = struct.unpack_from("HH", data, tlv)
                    if k == 1: out.append(data[tlv + 4:tlv + al - 1].decode())
                    if k == 2: out.append("offset %d" % struct.unpack_from("I", data, tlv + 4))
                    tlv += (al + 3) & ~3
                return " ".join(out) + "".join(" %d x type %d%s" % (n, k, " filtered" if f else "") for (k, f), n in sorted(kinds.items()))
            kinds[t, bool(fl & 0x20)] = kinds.get((t, bool(fl & 0x20)), 0) + 1
            if not fl & 2: return "answer %d, %d bytes" % (t, l)
            at += (l + 3) & ~3
loose = socket.socket(16, 3, 0); loose.setsockopt(270, 11, 1); loose.setsockopt(270, 10, 1); loose.bind((0, 0))
strict = socket.socket(16, 3, 0); strict.setsockopt(270, 11, 1); strict.setsockopt(270, 10, 1); strict.setsockopt(270, 12, 1); strict.bind((0, 0)); loose.settimeout(0.3); strict.settimeout(0.3)
def both(what, flags, body, kind=26):
    a, b = ask(loose, kind, flags, body), ask(strict, kind, flags, body)
    print("%-26s %s" % (what, a) if a == b else "%-26s %s\n%26s %s" % (what, a, "strictly:", b))
def rt(dl=32, tos=0, table=0, proto=0, scope=0, kind=0, flags=0, family=2, sl=0): return struct.pack("BBBBBBBBI", family, dl, sl, tos, table, proto, scope, kind, flags)
d = A(1, ip("10.0.0.7")); index = int(open("/sys/class/net/d0/ifindex").read())
both("plain", 1, rt() + d); both("no destination", 1, rt(0)); both("destination, length 0", 1, rt(0) + d); both("length 24", 1, rt(24) + d); both("length 33", 1, rt(33) + d); both("source, length 0", 1, rt() + d + A(2, ip("10.0.0.1"))); both("source", 1, rt(sl=32) + d + A(2, ip("10.0.0.1"))); both("source length alone", 1, rt(sl=32) + d)
both("tos", 1, rt(tos=0x10) + d); both("tos 3", 1, rt(tos=3) + d); both("table", 1, rt(table=254) + d); both("protocol", 1, rt(proto=3) + d); both("scope", 1, rt(scope=253) + d); both("type", 1, rt(kind=1) + d)
for f in (1, 2, 4, 0x100, 0x200, 0x400, 0x800, 0x1000, 0x2000, 0x3000, 0x4000, 0x8000): both("flag %#x" % f, 1, rt(flags=f) + d)
for k in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 18, 21, 25, 26, 27, 28, 29, 30, 31, 60): both("attribute %d" % k, 1, rt() + (d if k != 1 else b"") + A(k, 1)); both("attribute %d short" % k, 1, rt() + (d if k != 1 else b"") + A(k, b"\1"))
both("protocol tcp", 1, rt() + d + A(27, b"\6")); both("protocol icmp", 1, rt() + d + A(27, b"\1")); both("protocol sctp", 1, rt() + d + A(27, bytes([132]))); both("port 0", 1, rt() + d + A(27, b"\6") + A(28, b"\0\0")); both("ports", 1, rt() + d + A(27, b"\6") + A(28, b"\1\2") + A(29, b"\1\2"))
both("iif", 1, rt(sl=32) + d + A(2, ip("10.0.0.9")) + A(3, index)); both("iif 99", 1, rt() + d + A(3, 99)); both("oif 99", 1, rt() + d + A(4, 99)); both("oif", 1, rt() + d + A(4, index)); both("mark, uid", 1, rt() + d + A(16, 5) + A(25, 5)); both("no header", 5, b""); both("cut", 1, rt()[:6]); both("family 10", 1, rt(family=10) + d); both("family 0", 1, rt(family=0) + d)
both("ack wanted", 5, rt() + d); both("echo wanted", 9, rt() + d)
D = 0x301
for what, body in (("dump", rt(0)), ("dump, no header", b""), ("dump, short header", b"\2\0\0\0"), ("dump, family byte", b"\2"), ("dump table 254", rt(0, table=254)), ("dump table 255", rt(0, table=255)), ("dump table 77", rt(0, table=77)), ("dump table attr", rt(0) + A(15, 254)), ("dump table attr 77", rt(0) + A(15, 77)), ("dump proto", rt(0, proto=2)), ("dump type", rt(0, kind=2)), ("dump oif", rt(0) + A(4, index)), ("dump oif 99", rt(0) + A(4, 99)),
    ("dump length", rt(8)), ("dump tos", rt(0, tos=4)), ("dump scope", rt(0, scope=4)), ("dump source length", rt(0, sl=4)), ("dump cloned", rt(0, flags=0x200)), ("dump prefix", rt(0, flags=0x800)), ("dump flag 1", rt(0, flags=1)), ("dump flag fibmatch", rt(0, flags=0x2000)), ("dump dst", rt(0) + A(1, 1)), ("dump oif short", rt(0) + A(4, b"\1")), ("dump priority", rt(0) + A(6, 1)), ("dump unknown", rt(0) + A(60, 1)), ("dump family 0", rt(0, family=0)), ("dump family 99", rt(0, family=99)), ("dump family 0 table 77", rt(0, family=0, table=77))): both(what, D, body)
R = struct.pack
for what, body in (("rules", R("BBBBBBBBI", 2, 0, 0, 0, 0, 0, 0, 0, 0)), ("rules, no header", b""), ("rules, table", R("BBBBBBBBI", 2, 0, 0, 0, 7, 0, 0, 0, 0)), ("rules, action", R("BBBBBBBBI", 2, 0, 0, 0, 0, 0, 0, 1, 0)), ("rules, attribute", R("BBBBBBBBI", 2, 0, 0, 0, 0, 0, 0, 0, 0) + A(6, 1)), ("rules, family 0", R("BBBBBBBBI", 0, 0, 0, 0, 0, 0, 0, 0, 0)), ("rules, family 99", R("BBBBBBBBI", 99, 0, 0, 0, 0, 0, 0, 0, 0))): both(what, D, body, 34)
P
python3 get.py
