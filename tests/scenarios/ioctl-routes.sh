# SIOCADDRT and SIOCDELRT: each field of struct rtentry, right and wrong.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip addr add 10.0.$i.1/24 dev d$i; ip link set d$i up; done; ip addr add 10.0.2.1/24 dev d1 label d1:x
cat >io.py <<'P'
import array, ctypes, errno, fcntl, socket, struct, subprocess
s = socket.socket(2, 2)
def addr(a, family=2): return struct.pack("=HH4s8x", family if a else 0, 0, socket.inet_aton(a or "0.0.0.0"))
UP, GATEWAY, HOST, REINSTATE, DYNAMIC, MODIFIED, MTU, WINDOW, IRTT, REJECT = (1 << i for i in range(10))
def entry(dst="10.1.0.0", mask="255.255.0.0", gw=None, flags=UP, dev=None, metric=0, mtu=0, window=0, irtt=0, families=(2, 2, 2), tos=0):
    global keep
    keep = ctypes.create_string_buffer(dev.encode()) if dev else None
    return struct.pack("=QQ", 0, 0)[8:] + addr(dst, families[0]) + addr(gw, families[1]) + addr(mask, families[2]) + struct.pack("=Hhi", flags, 0, 0) + struct.pack("@QBBhhh", 0, tos, 0, 0, 0, 0)[:16] + struct.pack("@hxxxxxx", metric) + struct.pack("@P", ctypes.addressof(keep) if keep else 0) + struct.pack("@LLH6x", mtu, window, irtt)
def call(what, request, **k):
    e = entry(**k)
    try: fcntl.ioctl(s, request, e); r = "ok"
    except OSError as x: r = errno.errorcode[x.errno]
    print("%-4s %s -> %s" % (what, " ".join("%s=%s" % i for i in k.items()), r))
def add(**k): call("add", 0x890b, **k)
def delete(**k): call("del", 0x890c, **k)
def show(): print(subprocess.run("ip -d route", shell=True, capture_output=True, text=True).stdout, end="")
add(dev="d0"); add(dev="d0"); add(dev="d0", metric=1); add(dev="d0", metric=6); add(dev="d0", metric=-1); add(dst="10.2.0.0", gw="10.0.0.9", flags=UP | GATEWAY); add(dst="10.3.0.0", gw="10.0.0.9"); add(dst="10.4.0.0", gw="10.0.0.9", flags=GATEWAY)
add(dst="10.5.0.0", flags=UP | GATEWAY); add(dst="10.5.0.0"); add(dst="10.5.0.1", dev="d0"); add(dst="10.5.0.0", mask="255.0.255.0", dev="d0"); add(dst="10.5.0.0", mask=None, dev="d0"); add(dst="10.5.5.5", mask=None, flags=UP | HOST, dev="d0"); add(dst="10.5.5.6", mask="255.0.0.0", flags=UP | HOST, dev="d0")
add(dst="10.6.0.0", gw="9.9.9.9", flags=UP | GATEWAY); add(dst="10.6.0.0", gw="10.0.1.1", flags=UP | GATEWAY); add(dst="10.6.0.0", gw="10.0.0.9", flags=UP | GATEWAY, dev="d1"); add(dst="10.6.0.0", gw="0.0.0.0", flags=UP | GATEWAY, dev="d1")
add(dst="10.7.0.0", flags=UP | REJECT); add(dst="10.8.0.0", flags=UP | MTU | WINDOW | IRTT, mtu=1400, window=5000, irtt=200, dev="d0"); add(dst="10.9.0.0", flags=UP | MTU, mtu=65536, dev="d0"); add(dst="10.10.0.0", flags=UP | MTU, mtu=40, dev="d0")
add(dst="10.11.0.0", dev="nosuch"); add(dst="10.11.0.0", dev="d1:x"); add(dst="10.12.0.0", dev="d1:none"); add(dst="10.13.0.0", dev="lo"); add(dst="10.14.0.0", families=(10, 2, 2), dev="d0"); add(dst="10.14.0.0", families=(2, 2, 10), dev="d0"); add(dst="10.14.0.0", gw="10.0.0.9", flags=UP | GATEWAY, families=(2, 10, 2), dev="d0"); add(dst="10.15.0.0", families=(2, 2, 0), dev="d0")
add(dst="0.0.0.0", mask="0.0.0.0", gw="10.0.0.7", flags=UP | GATEWAY); add(dst="224.0.0.0", mask="240.0.0.0", dev="d0"); add(dst="127.0.0.0", mask="255.0.0.0", dev="d0"); add(dst="10.16.0.0", tos=16, dev="d0"); add(dst="255.255.255.255", mask="255.255.255.255", dev="d0")
show()
delete(dev="d1"); delete(metric=7); delete(); delete(); delete(dev="d0"); delete(dst="10.2.0.0", gw="10.0.0.8", flags=UP | GATEWAY); delete(dst="10.2.0.0", gw="10.0.0.8"); delete(dst="10.3.0.0"); delete(dst="10.7.0.0"); delete(dst="10.8.0.0", mtu=1); delete(dst="10.5.5.5", mask=None, flags=HOST); delete(dst="10.5.0.0", mask="255.0.255.0"); delete(dst="0.0.0.0", mask="0.0.0.0"); delete(dst="10.11.0.0", dev="d1:x")
show()
P
python3 io.py
