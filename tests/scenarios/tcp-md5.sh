# MD5 signatures between two namespaces: right, missing, needless and wrong ones; what tcpdump and ss see of them.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_strangers.sh"
for n in a b; do ip netns exec $n sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"; done
cat >md5.py <<'P'
import socket, struct
def key(s, peer, k, prefix=None):
    a = struct.pack("=HH", 2, 0) + socket.inet_aton(peer) + bytes(120)
    flags, opt = (1, 32) if prefix is not None else (0, 14)
    s.setsockopt(6, opt, a + struct.pack("=BBHi", flags, prefix or 0, len(k), 0) + k + bytes(80 - len(k)))
P
ip netns exec b python3 -c '
import socket
from md5 import key
def listener(port, k, prefix):
    s = socket.socket()
    s.setsockopt(1, 2, 1)
    s.bind(("", port))
    if k: key(s, "10.0.0.0", k, prefix)
    s.listen(5)
    return s
good, plain = listener(5000, b"secret", 24), listener(5001, None, 0)
c, _ = good.accept()
print("server has", c.recv(100), flush=True)
c.sendall(b"answer")
c.recv(1)
c.close()' &
server=$!
until [ "$(ip netns exec b ss -Htln | grep -c 500)" = 2 ]; do sleep 0.1; done
echo "who listens with which key:"
ip netns exec b ss -Htlni sport = 5000 | grep -o 'md5keys:.*'
ip netns exec a tcpdump -S -l -n -t -i v0 -M secret tcp >tcpdump.out 2>/dev/null &
dump=$!
sleep 1
ip netns exec a python3 -c '
import socket, subprocess
from md5 import key
def connect(port, k):
    s = socket.socket()
    s.settimeout(0.3)
    if k: key(s, "10.0.0.2", k)
    try:
        s.connect(("10.0.0.2", port))
    except OSError as e:
        print(port, k, type(e).__name__)
    return s
connect(5000, None)
connect(5000, b"wrong")
connect(5001, b"secret")
s = connect(5000, b"secret")
s.sendall(b"question")
print("client has", s.recv(100), flush=True)
out = subprocess.run(["ss", "-Htni", "dport", "=", "5000"], capture_output=True, text=True).stdout
print([w for w in out.split() if w.startswith(("md5", "ts", "sack", "mss", "advmss"))], flush=True)
s.close()'
wait $server
sleep 0.5
kill $dump; wait $dump 2>/dev/null
ip netns exec b nstat -asz | grep MD5
echo "segments that tcpdump found signed, and how:"
grep -o 'md5 [a-z]*' tcpdump.out | sort | uniq -c
grep 'Flags \[S' tcpdump.out | tail -2 | sed -E 's/10.0.0.1.[0-9]+/10.0.0.1.N/; s/seq [0-9]+/seq N/; s/ack [0-9]+/ack N/'
echo "what the option takes:"
python3 -c '
import socket, struct
s = socket.socket()
def tried(name, value):
    try:
        s.setsockopt(6, name, value)
        print("fine")
    except OSError as e:
        print(e.strerror)
def value(family=2, flags=0, prefix=0, length=4, ifindex=0):
    return struct.pack("=HH", family, 0) + socket.inet_aton("10.0.0.9") + bytes(120) + struct.pack("=BBHi", flags, prefix, length, ifindex) + bytes(80)
tried(14, bytes(10))
tried(14, value(family=10))
tried(14, value(length=0))
tried(14, value(length=81))
tried(14, value(length=80))
tried(14, value(length=0))
tried(32, value(flags=1, prefix=33))
tried(32, value(flags=1, prefix=0))
tried(32, value(flags=2, ifindex=1))
tried(32, value(flags=2, ifindex=99))
tried(32, value(flags=2))
tried(14, value(flags=3, prefix=99, ifindex=99))
for i in range(200):
    try:
        s.setsockopt(6, 32, struct.pack("=HH", 2, 0) + bytes([10, 1, 0, i]) + bytes(120) + struct.pack("=BBHi", 1, 32, 4, 0) + bytes(80))
    except OSError as e:
        print(i, e.strerror)
        break'
