# Requests that a listener has answered and that never became connections: states, timers, queue of the listener.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_peer.sh"
for i in 3 4; do ip neigh add 10.0.0.$i lladdr 02:00:00:00:00:02 dev d0; done
cat >syn.py <<'P'
from tcp_segments import send
for host in (2, 3, 4): send(1000 + host, 7, 0, 2, options=b"\2\4\5\xb4", src="10.0.0.%d" % host)
P
python3 - <<'P'
import socket, subprocess
def ss(args):
    out = subprocess.run("ss " + args + " | sed -E 's/timer:\\(on,[0-9.]+m?s(ec)?,[0-9]/timer:(on,T,N/'", shell=True, capture_output=True, text=True).stdout
    head, *rest = out.splitlines()
    print("--", args, *[head, *sorted(rest)], sep="\n", flush=True)
l = socket.socket()
l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
l.bind(("10.0.0.1", 5000))
l.listen(5)
subprocess.run("ip netns exec peer python3 syn.py", shell=True)
import time
for _ in range(100):
    if subprocess.run("ss -Htn state syn-recv | wc -l", shell=True, capture_output=True, text=True).stdout == "3\n": break
    time.sleep(0.02)
ss("-tano")
ss("-tne state syn-recv | sed -E 's/sk:[0-9a-f]+/sk:C/'")
ss("-tn state syn-recv dport = :1003")
ss("-tn state syn-recv dst 10.0.0.4")
ss("-tn state syn-recv src 10.0.0.4")
ss("-ltn")
P
