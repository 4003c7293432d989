# All that ss knows to ask of connections: -tipmoen. What the kernel's memory and time decide is left out.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304"
python3 - <<'P'
import os, re, socket, subprocess, time
from tcp_sockets import tcp
os.closerange(3, 256)

RULES = [(r"pid=\d+", "pid=P"), (r"ino:[1-9]\d*", "ino:I"), (r"sk:[0-9a-f]+", "sk:C"), (r"rtt:[0-9.]+/[0-9.]+", "rtt:T"),
         (r"minrtt:[0-9.]+", "minrtt:T"), (r"(send|pacing_rate|delivery_rate) \d+bps", r"\1 R"),
         (r"(lastsnd|lastrcv|lastack):\d+", r"\1:T"), (r"rto:[\d.]+", "rto:T"), (r" ?busy:\d+ms", ""),
         (r"skmem:\(r\d+,rb(\d+),t\d+,tb\d+,f\d+,w\d+,o0,bl0,d0\)", r"skmem:(rb\1)"), (r"cgroup:\S+", "cgroup:G"), (r" +", " "),
         (r"timer:\((\w+),[0-9.]+(min|m?sec|ms|min[0-9.]+sec)?,", r"timer:(\1,T,"), (r" app_limited", ""), (r" rcv_rtt:[0-9.]+", ""),
         (r" ato:\d+", ""), (r" delivery_rate R", "")]

def ss(args):
    text = subprocess.run("ss " + args, shell=True, capture_output=True, text=True).stdout.replace("\n\t", " ")
    for a, b in RULES: text = re.sub(a, b, text)
    print("--", args, *[line.rstrip() for line in sorted(text.splitlines()[1:])], sep="\n", flush=True)

listener = tcp(5000)
listener.listen(5)
def pair(port, prepare=lambda s: None):
    c = tcp(port)
    prepare(c)
    c.connect(("127.0.0.1", 5000))
    return c, listener.accept()[0]

idle = pair(6001)
talk = pair(6002)
for i in range(3):
    talk[0].send(b"x" * 1000); talk[1].recv(1000, socket.MSG_WAITALL)
    talk[1].send(b"y" * 500); talk[0].recv(500, socket.MSG_WAITALL)
def options(s):
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"reno")
    s.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, 0x10)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 0x2a)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, 3)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 30000)
opted = pair(6003, options)
half = pair(6004)
half[1].shutdown(socket.SHUT_WR)
time.sleep(0.1)
ss("-tlipmoen")
for port in (6001, 6002, 6003, 6004):
    ss("-tipmoen sport = :%d" % port)
    ss("-tipmoen dport = :%d" % port)
ss("-tne --tos --tipcinfo --inet-sockopt sport = :6003")
ss("-tn --cgroup sport = :6003")
P
