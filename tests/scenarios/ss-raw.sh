# Raw sockets: protocols as ports, addresses, what waits.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
python3 - <<'P'
import os, socket, subprocess
from ss import ss
os.closerange(3, 256)
def raw(protocol, addr=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    if addr: s.bind((addr, 0))
    return s
icmp = raw(1)
ospf = raw(89, "127.0.0.1")
udp = raw(17); udp.connect(("127.0.0.1", 0))
hdr = raw(255)
mine = raw(253); mine.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
mine.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 7)
mine.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
mine.setsockopt(socket.IPPROTO_IP, 22, 1)  # IP_NODEFRAG
subprocess.run("ping -q -c1 127.0.0.1 >/dev/null", shell=True)
ss("-wa"); ss("-wan"); ss("-wn"); ss("-lwn"); ss("-wapenm")
ss("-wan --inet-sockopt sport = 253")
ss("-wan sport = 89"); ss("-wan dst 127.0.0.1"); ss("-wan src 127.0.0.1"); ss("-wan dev lo"); ss("-wan fwmark 7")
ss("-wan state established")
P
