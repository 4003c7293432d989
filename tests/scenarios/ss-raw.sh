# Raw sockets: protocols as ports, addresses, what waits.
exec 2>&1
ip link set lo up
python3 - <<'P'
import os, re, socket, subprocess
os.closerange(3, 256)
RULES = [(r"pid=\d+", "pid=P"), (r"ino:[1-9]\d*", "ino:I"), (r"sk:[0-9a-f]+", "sk:C"), (r"cgroup:\S+", "cgroup:G"), (r" +", " "), (r"r[1-9]\d*,", "rN,"),
         (r"^(\w+) [1-9]\d\d+ ", r"\1 N ")]
def ss(args):
    text = subprocess.run("ss " + args, shell=True, capture_output=True, text=True).stdout.replace("\n\t", " ")
    lines = []
    for line in text.splitlines():
        for a, b in RULES: line = re.sub(a, b, line)
        lines.append(line.rstrip())
    print("--", args, *lines[:1], *sorted(lines[1:]), sep="\n", flush=True)
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
