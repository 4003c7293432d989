# What comes out of order: what it costs in the receive buffer, which pieces are one, what of them is read, and the counters.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_peer.sh" 9000
sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304"
cat >peer.py <<'P'
# A peer by hand, a line of standard input a segment: "PORT S" opens, "PORT FROM TO" is data by its numbers, "PORT FROM TO F" with FIN.
import sys
from tcp_segments import receive, send
isn = {}
for line in sys.stdin:
    port, what, *rest = line.split()
    port = int(port)
    if what == "S":
        send(port, 0, 0, 2, options=bytes.fromhex("02042260" "01010402"))
        isn[port] = receive(port, 0x12)[1] + 1
        send(port, 1, isn[port], 16)
    else:
        a, b = int(what), int(rest[0])
        send(port, a, isn[port], 17 if "F" in rest else 24 if "P" in rest else 16, data=bytes((i // 100) % 251 for i in range(a, b)))
    print("done", flush=True)
P
cat >run.py <<'P'
import re, socket, subprocess, time
KEYS = ("TCPOFOQueue", "TCPOFOMerge", "TCPOFODrop", "TCPRcvCoalesce", "TCPRcvCollapsed", "PruneCalled", "OfoPruned", "RcvPruned", "TCPDSACKOfoSent", "TCPDSACKOldSent", "TCPRcvQDrop", "TCPZeroWindowDrop")
def nstat():
    lines = open("/proc/net/netstat").read().splitlines()
    d = dict(zip(lines[0].split(), lines[1].split()))
    return {k: int(d[k]) for k in KEYS}
peer = subprocess.Popen(["ip", "netns", "exec", "peer", "python3", "peer.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(*what):
    peer.stdin.write(" ".join(map(str, what)) + "\n"); peer.stdin.flush()
    assert peer.stdout.readline() == "done\n"
    time.sleep(0.05)
last = nstat()
# What is in order may have been taken by a reader's front already: then its memory says nothing.
def show(port, what, in_order=False):
    global last
    out = subprocess.run(["ss", "-Htnim", "dport", "=", ":%d" % port], capture_output=True, text=True).stdout
    now = nstat()
    found = [re.search(p, out) for p in (r"skmem:\(r\d+", r"(?<= )\S+ +\d+ +\d+ ", r"rcv_ssthresh:\d+", r"rcv_ooopack:\d+", r",d\d+\)")]
    if in_order: found[0] = None
    print(what, *[re.sub(" +", " ", m[0]).strip() if m else "-" for m in found], *["%s+%d" % (k, now[k] - last[k]) for k in KEYS if now[k] != last[k]], flush=True)
    last = now
def connection(port, rcvbuf=0):
    l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if rcvbuf: l.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, rcvbuf)
    l.bind(("10.0.0.1", 5000)); l.listen(); l.settimeout(5)
    ask(port, "S")
    return l.accept()[0]
def read(s, n=1 << 20):
    try: data = s.recv(n, socket.MSG_DONTWAIT)
    except OSError as e: return type(e).__name__
    a = s.at; s.at += len(data)
    return len(data), data == bytes((i // 100) % 251 for i in range(a, s.at))
class reader:
    def __init__(self, s): self.s, self.at = s, 1
    def recv(self, *a): return self.s.recv(*a)
def story(port, title, segments, rcvbuf=0):
    print("==", title, flush=True)
    s = reader(connection(port, rcvbuf))
    show(port, "open")
    for g in segments:
        if g == "read": print("read", read(s)); show(port, "read")
        else: ask(port, *g); show(port, "-".join(map(str, g)), g[0] == 1)
    if segments[-1][0] == 1: print("read", read(s)); show(port, "read")
    s.s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0"); s.s.close()

story(1001, "one after another", [(5001, 10001), (10001, 15001), (15001, 20001), (1, 5001)])
story(1002, "from behind", [(15001, 20001), (10001, 15001), (5001, 10001), (1, 5001)])
story(1003, "two runs and what joins them", [(5001, 10001), (10001, 15001), (20001, 25001), (25001, 30001), (15001, 20001), (1, 5001)])
story(1005, "overlaps", [(5001, 10001), (10001, 15001), (7001, 12001), (9001, 17001), (4001, 6001), (12001, 20001), (4001, 12001), (1, 5001)])
story(1006, "the end among them", [(10001, 15001, "F"), (5001, 10001), (1, 5001)])
story(1007, "many", [(a, a + 4096) for a in range(5001, 5001 + 24 * 4096, 4096)] + [(1, 5001)], 400000)
story(1008, "a small buffer", [(a, a + 1000) for a in range(2001, 30001, 1000)], 20000)
peer.stdin.close(); peer.wait()
P
python3 run.py
