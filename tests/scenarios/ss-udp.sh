# UDP and UDP-Lite: bound, connected, to a device, with something to read.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
python3 - <<'P'
import os, socket
from ss import RULES, ss
os.closerange(3, 256)
RULES.append((r"f\d+,w0", "fN,w0"))
def udp(addr=None, protocol=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM, protocol)
    if addr: s.bind(addr)
    return s
a = udp(("127.0.0.1", 5000))
any_address = udp(("0.0.0.0", 5001))
b = udp(("127.0.0.1", 6000)); b.connect(("127.0.0.1", 5000)); b.send(b"hello")
to_device = udp(("127.0.0.1", 5002)); to_device.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
unbound = udp()
half = udp(("127.0.0.1", 6001)); half.connect(("127.0.0.1", 5000)); half.shutdown(socket.SHUT_RD)
opted = udp(("127.0.0.1", 5003))
opted.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0xff)
opted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 5000)
opted.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x20)
opted.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
opted.setsockopt(socket.IPPROTO_IP, 19, 1)  # IP_TRANSPARENT
opted.setsockopt(socket.IPPROTO_IP, 49, 0)  # IP_MULTICAST_ALL
lite = udp(("127.0.0.1", 5004), 136)
ss("-uan"); ss("-ln -u"); ss("-un")
ss("-uapenm")
ss("-uan --inet-sockopt --tos sport = :5003")
ss("-uane fwmark = 255"); ss("-uan fwmark = 0x10/0x10"); ss("-uan fwmark 0")
ss("-uan dev lo"); ss("-uan dev != lo")
ss("-uan state established"); ss("-uan state unconnected"); ss("-uan state close")
ss("-uan sport = 5000 or sport = 5001"); ss("-uan autobound"); ss("-uan not autobound")
ss("-uan dst 127.0.0.1:5000"); ss("-uan src 127.0.0.0/8 and sport gt 5001")
P
