# Expressions of ss, as programs that the kernel runs: ports, addresses, devices, marks, and how they go together.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
ip addr add 10.1.0.1/24 dev lo
python3 - <<'P'
import socket, subprocess
from tcp_sockets import tcp
def ss(args):
    out = subprocess.run("ss -Htan " + args, shell=True, capture_output=True, text=True)
    lines = sorted(" ".join(l.split()[3:5]) for l in out.stdout.splitlines())
    print(args, "=>", lines, out.stderr.strip(), flush=True)
l1 = tcp(80); l1.listen(); l2 = tcp(8080, "0.0.0.0"); l2.listen(); l3 = tcp(443, "10.1.0.1"); l3.listen()
l3.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo"); l2.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, 9)
keep = []
for port, to in ((6001, ("127.0.0.1", 80)), (6002, ("127.0.0.1", 8080)), (6003, ("127.0.0.1", 8080))):
    c = tcp(port); c.connect(to); keep += [c, (l1 if to[1] == 80 else l2).accept()[0]]
gone = tcp(6004); gone.connect(("127.0.0.1", 80)); x, _ = l1.accept(); gone.close(); x.close()
for e in ("sport = :80", "sport != :80", "sport eq 80", "sport gt 6001", "'sport >= :6002'", "'dport < 100'", "dport le 80", "sport lt 80",
          "src 127.0.0.1", "src 10.1.0.0/24", "src 127.0.0.1:6001", "src :6001", "dst 127.0.0.1:80", "dst 127.0.0.0/8", "dst 0.0.0.0", "src 0.0.0.0",
          "src 10.1.0.1 or dst 127.0.0.1:8080", "not src 127.0.0.1", "'( sport = :6001 or sport = :6002 ) and dst 127.0.0.1:80'",
          "'sport = :80 or sport = :443 or sport = :8080'", "'not ( sport = :80 or dport = :80 )'", "dev lo", "'dev != lo'", "fwmark 9", "fwmark = 0x1/0x1", "autobound", "'not autobound'",
          "state listening sport = :443", "state time-wait", "state time-wait sport = :6004", "state connected exclude established", "dport = :http", "sport = :https",
          "src 10.1.0.1 and sport = :443 and dev lo", "src localhost sport = 80",  "sport = :x", "state nonsense", "nonsense = 4"):
    ss(e)
subprocess.run("ss -Hltn sport = :80 | wc -l; ss -Htn '( dport = :80 or sport = :80 )' | wc -l", shell=True)
P
