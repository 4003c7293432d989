# ss -tipmo of connections whose peer is a script: what waits for an ack, a shut window, ends in every order, lost acks, and the
# algorithms' own lines.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_peer.sh"
sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304"
modprobe -qa tcp_bbr tcp_dctcp 2>/dev/null
sysctl -qw net.ipv4.tcp_early_retrans=0
ip route change 10.0.0.0/24 dev d0 src 10.0.0.1 rto_min 20s
ip link set d0 gso_max_segs 1  # how much a packet takes otherwise depends on the time of a round trip
cat >peer.py <<'P'
# "PORT open" makes a connection, "PORT syn" only asks for one. "PORT FLAGS ACKED [WIN] [DATA] [SACK...]" is a segment that
# acknowledges so many bytes; DATA: how many of its own.
import struct, sys
from tcp_segments import receive, send
class conn: pass
all = {}
for line in sys.stdin:
    port, what, *rest = line.split()
    port = int(port)
    if what in ("open", "syn"):
        send(port, 0, 0, 2 | (0xc0 if "ecn" in rest else 0), options=bytes.fromhex("020405b4" "01010402" "01030307"))
        c = all[port] = conn()
        c.isn, c.seq = receive(port, 0x12)[1] + 1, 1
        if what == "open": send(port, 1, c.isn, 16, 512)
    else:
        c = all[port]
        flags = sum({"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "E": 64, "C": 128}[x] for x in what)
        acked, win, n, *sack = [int(x) for x in rest + ["512", "0"][len(rest) - 1:]]
        options = b"\1\1\5" + bytes((2 + 4 * len(sack),)) + b"".join(struct.pack("!I", (c.isn + x) & 0xffffffff) for x in sack) if sack else b""
        send(port, c.seq, (c.isn + acked) & 0xffffffff, flags, win, options, b"d" * n)
        c.seq += n + (flags & 1)
    print("done", flush=True)
P
cat >run.py <<'P'
import os, re, socket, subprocess, time
RULES = [(r"rtt:[0-9.]+/[0-9.]+", "rtt:T"), (r"minrtt:[0-9.]+", "minrtt:T"), (r"(send|pacing_rate|delivery_rate) [\d.]+[kMG]?bps", r"\1 R"),
         (r"(lastsnd|lastrcv|lastack):\d+", r"\1:T"), (r"rto:[\d.]+", "rto:T"), (r" ?(busy|rwnd_limited|sndbuf_limited):\d+ms(\([0-9.]+%\))?", ""),
         (r"skmem:\(r\d+,rb(\d+),t\d+,tb\d+,f\d+,w(\d+),o0,bl0,d(\d+)\)", r"skmem:(rb\1,w\2,d\3)"), (r" +", " "),
         (r"timer:\((\w+),[0-9.]+(min|m?sec|ms|min[0-9.]+sec)?,", r"timer:(\1,T,"), (r" rcv_rtt:[0-9.]+", ""), (r" ato:\d+", ""), (r"bw:[\d.]+[kMG]?bps,mrtt:[0-9.]+", "bw:B,mrtt:T"),
         (r'pid=\d+,fd=\d+', 'pid=P,fd=F')]
def ss(port, what):
    text = subprocess.run("ss -Htipmoa '( dport = :%d )'" % port, shell=True, capture_output=True, text=True).stdout.replace("\n\t", " ")
    for a, b in RULES: text = re.sub(a, b, text)
    print("--", what, "\n" + text.strip(), flush=True)
peer = subprocess.Popen(["ip", "netns", "exec", "peer", "python3", "peer.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(*what):
    peer.stdin.write(" ".join(map(str, what)) + "\n"); peer.stdin.flush()
    assert peer.stdout.readline() == "done\n"
    time.sleep(0.03)
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("10.0.0.1", 5000)); l.listen(); l.settimeout(5)
def pair(port, *how, prepare=None):
    if prepare: prepare(l)
    ask(port, "open", *how)
    return l.accept()[0]
def retransmitted(port):
    for _ in range(100):
        if "retrans:" in subprocess.run("ss -Htni dport = :%d" % port, shell=True, capture_output=True, text=True).stdout: return
        time.sleep(0.02)
keep = []
s = pair(1001); keep.append(s)
ss(1001, "idle"); s.send(b"x" * 3000); ss(1001, "three segments unanswered")
ask(1001, "A", 1460); ss(1001, "one of them answered")
ask(1001, "A", 3000); ss(1001, "all answered")
s = pair(1002); keep.append(s); ask(1002, "PA", 0, 512, 1); ask(1002, "A", 0, 0); s.send(b"x" * 3000); ss(1002, "the window is shut")
s = pair(1003); keep.append(s); s.shutdown(socket.SHUT_WR); ss(1003, "FIN-WAIT-1"); ask(1003, "A", 1); ss(1003, "FIN-WAIT-2"); ask(1003, "FA", 1); ss(1003, "TIME-WAIT")
s = pair(1004); keep.append(s); s.shutdown(socket.SHUT_WR); ask(1004, "FA", 0); ss(1004, "CLOSING"); ask(1004, "A", 1); ss(1004, "TIME-WAIT")
s = pair(1005); keep.append(s); ask(1005, "FA", 0); ss(1005, "CLOSE-WAIT"); s.send(b"y" * 10); ask(1005, "A", 10); ss(1005, "CLOSE-WAIT and an answer"); s.shutdown(socket.SHUT_WR); ss(1005, "LAST-ACK")
s = pair(1006); ask(1006, "PA", 0, 512, 700); ss(1006, "data unread"); s.close(); ss(1006, "closed by a reset")
s = pair(1007); s.send(b"z" * 100); s.close(); ss(1007, "an orphan that waits for an answer")
ask(1008, "syn"); ss(1008, "SYN-RECV")
s = pair(1009); keep.append(s); s.send(b"x" * 20000); ask(1009, "A", 1460, 512, 0, 2920, 4380); ss(1009, "a hole"); ask(1009, "A", 1460, 512, 0, 2920, 14600); time.sleep(0.05); ss(1009, "a large hole"); ask(1009, "A", 14600); ss(1009, "filled")
def algorithm(name): return lambda l: l.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
s = pair(1010, prepare=algorithm(b"bbr")); keep.append(s); ss(1010, "bbr"); s.send(b"x" * 2000); ask(1010, "A", 2000); ss(1010, "bbr that has sent")
s = pair(1011, "ecn", prepare=algorithm(b"dctcp")); keep.append(s); ss(1011, "dctcp"); s.send(b"x" * 2920); ask(1011, "EA", 1460); ask(1011, "A", 2920); ss(1011, "dctcp that was told of a mark")
s = pair(1012, prepare=algorithm(b"reno")); keep.append(s); s.setsockopt(socket.SOL_SOCKET, 47, 1000000); s.send(b"x" * 100); ask(1012, "A", 100); ss(1012, "reno with a largest rate")
subprocess.run("ip route change 10.0.0.0/24 dev d0 src 10.0.0.1 rto_min 1s", shell=True)
s = pair(1014); keep.append(s); s.send(b"x" * 3000); retransmitted(1014); ss(1014, "sent again"); ask(1014, "A", 1460); ss(1014, "one of them answered"); ask(1014, "A", 3000); ss(1014, "all answered")
ask(1013, "syn"); time.sleep(1.2); ss(1013, "SYN-RECV, answered twice")
peer.stdin.close(); peer.wait()
P
python3 run.py
