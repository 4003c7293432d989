# IP_RECVERR_RFC4884: errors whose ICMP message has extensions behind what it quotes; where they begin, whether they are
# whole, and what a socket that didn't ask is told.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" eth0; sleep 0.3
cat >ext.py <<'P'
import errno, socket, struct, time
from packets import icmp, ip, sum16, udp
from wire import frame
def obj(cls, kind, body, length=None): return struct.pack("!HBB", 4 + len(body) if length is None else length, cls, kind) + body
def extension(*objects, version=2, check=None):
    h = struct.pack("!BBH", version << 4, 0, 0) + b"".join(objects)
    return h[:2] + struct.pack("!H", sum16(h) if check is None else check) + h[4:]
for v in (-1, 0, 1, 2): 
    s = socket.socket(2, 2)
    try: s.setsockopt(0, 26, v); print("set", v, s.getsockopt(0, 26))
    except OSError as e: print("set", v, errno.errorcode[e.errno])
for kind in (3, 2): 
    try: s = socket.socket(2, kind, 99 if kind == 3 else 0); s.setsockopt(0, 26, 1); print(kind, s.getsockopt(0, 26))
    except OSError as e: print(kind, errno.errorcode[e.errno])
def try_(what, kind, code, words, ext, pad=128, asked=1, data=100):
    s = socket.socket(2, 2); s.bind(("10.0.0.2", 0)); s.setsockopt(0, 11, 1); s.setsockopt(0, 26, asked); port = s.getsockname()[1]
    quoted = ip(udp(port, 7, b"q" * data, src="10.0.0.2", dst="10.0.0.1"), 17, src="10.0.0.2", dst="10.0.0.1")
    quoted = quoted[:pad] + b"\0" * (pad - len(quoted)) if pad else quoted
    frame(ip(icmp(kind, code, struct.pack("!BBH", 0, words, 0), quoted + ext), src="10.0.0.9")); time.sleep(0.02)
    try: got, anc, fl, where = s.recvmsg(2000, 512, 0x2040)
    except OSError as e: return print("%-34s" % what, "nothing", errno.errorcode[e.errno])
    v = anc[0][2]; c, origin, t, code, pad_, info, extra = struct.unpack_from("IBBBBII", v)
    print("%-34s" % what, "%d/%d info %d extra %#x, %d bytes" % (t, code, info, extra, len(got)), "ends in", got[-6:].hex())
good = extension(obj(1, 1, b"\1\2\3\4"))
for kind, code in ((3, 3), (3, 1), (3, 4), (11, 0), (12, 0), (4, 0)): try_("%d/%d" % (kind, code), kind, code, 32, good); try_("%d/%d, not asked" % (kind, code), kind, code, 32, good, asked=0)
try_("no length", 11, 0, 0, good); try_("length 31", 11, 0, 31, good, 124); try_("length 33", 11, 0, 33, good, 132); try_("length beyond", 11, 0, 64, good); try_("length 255", 11, 0, 255, good); try_("length at the end", 11, 0, 32, b""); try_("length short of the padding", 11, 0, 32, good, 136); try_("length 5", 11, 0, 5, good, 20)
try_("version 1", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), version=1)); try_("version 3", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), version=3)); try_("wrong sum", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), check=77)); try_("no sum", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), check=0))
try_("two objects", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4"), obj(2, 1, b"12345678"))); try_("no object", 11, 0, 32, extension()); try_("object length 3", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 3))); try_("object length 0", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 0))); try_("object too long", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4", 80))); try_("object, odd length", 11, 0, 32, extension(obj(1, 1, b"\1\2\3"))); try_("second object cut", 11, 0, 32, extension(obj(1, 1, b"\1\2\3\4")) + b"\0\10"); try_("3 bytes", 11, 0, 32, good[:3]); try_("4 bytes", 11, 0, 32, good[:4]); try_("6 bytes", 11, 0, 32, good[:6])
P
python3 ext.py
