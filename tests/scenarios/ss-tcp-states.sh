# Each state of TCP that a socket can be seen in, as ss shows it, all at once and state by state.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip link add d0 address 02:00:00:00:00:01 type dummy
ip addr add 10.0.0.1/24 dev d0
ip link set d0 up
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev d0
python3 - <<'P'
import socket, subprocess
from tcp_sockets import tcp

def ss(args):
    out = subprocess.run("ss " + args, shell=True, capture_output=True, text=True)
    lines = out.stdout.splitlines()
    head = [] if args.startswith("-H") else lines[:1]
    print("--", args, *head, *sorted(lines[len(head):]), sep="\n", flush=True)
    print(out.stderr, end="")

def pair(port):
    c = tcp(port)
    c.connect(("127.0.0.1", 5000))
    return c, listener.accept()[0]

ss("-tan")
closed = tcp(4999)
ss("-tan")
listener = tcp(5000)
listener.listen(7)
estab = pair(6001)
fin_wait2 = pair(6002)
fin_wait2[0].shutdown(socket.SHUT_WR)
time_wait = pair(6003)
time_wait[0].close(); time_wait[1].close()
waiting = tcp(6005)
waiting.connect(("127.0.0.1", 5000))
syn_sent = tcp(6006, "10.0.0.1")
syn_sent.setblocking(False)
syn_sent.connect_ex(("10.0.0.2", 80))
ss("-tan")
ss("-ltn")
ss("-tn")
for state in ("established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait", "closed", "close-wait",
              "last-ack", "listening", "closing", "connected", "synchronized", "bucket", "big", "all"):
    ss("-Htn state " + state)
ss("-Htan exclude established exclude time-wait")
ss("-Htn4a sport = :5000")
ss("-Htn6a")
P
