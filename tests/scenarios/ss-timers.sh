# What runs for a connection (ss -o): keepalive, retransmission of a SYN and of data, the persist timer, TIME-WAIT, none.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip link add d0 address 02:00:00:00:00:01 type dummy
ip addr add 10.0.0.1/24 dev d0
ip link set d0 up
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev d0
python3 - <<'P'
import re, socket, subprocess, time
from tcp_sockets import tcp
def ss(args):
    out = subprocess.run("ss -Htano " + args, shell=True, capture_output=True, text=True).stdout
    for l in sorted(out.splitlines()): print(re.sub(r"\((\w+),[^,]*,", r"(\1,T,", " ".join(l.split())), flush=True)
def left(args):
    out = subprocess.run("ss -Htano " + args, shell=True, capture_output=True, text=True).stdout
    m = re.search(r"\(\w+,([^,]*),", out)
    if not m: return None
    minutes, seconds, ms = re.fullmatch(r"(?:(\d+)min)?(?:(\d+)(?:sec|\.))?(?:(\d+)ms)?", m[1]).groups()
    return int(minutes or 0) * 60000 + int(seconds or 0) * 1000 + int(ms or 0)
l = tcp(5000)
l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
l.listen()
def pair(port):
    c = tcp(port); c.connect(("127.0.0.1", 5000)); return c, l.accept()[0]
none = pair(6001)
alive = pair(6002)
alive[0].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
alive[0].setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 100)
ss("sport = :6001"); ss("sport = :6002")
print("keepalive", 95e3 < left("sport = :6002") <= 100e3)
gone = pair(6003); gone[0].close(); gone[1].close()
ss("sport = :6003"); print("time-wait", 55e3 < left("sport = :6003") <= 60e3)
syn = tcp(6004, "10.0.0.1"); syn.setblocking(False); syn.connect_ex(("10.0.0.2", 80))
print("syn", 0 < left("sport = :6004") <= 1000); ss("sport = :6004")
for _ in range(100):
    time.sleep(0.05)
    if ",1)" in subprocess.run("ss -Htno sport = :6004", shell=True, capture_output=True, text=True).stdout: break
print("syn again", 0 < left("sport = :6004") <= 2000); ss("sport = :6004")
half = pair(6005); half[0].shutdown(socket.SHUT_WR)
half[0].close()
ss("sport = :6005"); print("orphan in FIN-WAIT-2", left("sport = :6005") is None or left("sport = :6005") > 55e3)
P
