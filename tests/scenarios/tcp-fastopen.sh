# Fast Open between two namespaces: cookies, data in the SYN, calls that wait, what nstat and ip tcp_metrics tell of it.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_strangers.sh"
for n in a b; do ip netns exec $n sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456"; done
ip netns exec b sysctl -w net.ipv4.tcp_fastopen=2
ip netns exec b sysctl net.ipv4.tcp_fastopen_key
ip netns exec b sysctl -w net.ipv4.tcp_fastopen_key=1-2-3-4
ip netns exec b sysctl net.ipv4.tcp_fastopen_key
ip netns exec b sysctl -w net.ipv4.tcp_fastopen_key=1-2-3
ip netns exec b sysctl -w net.ipv4.tcp_fastopen_key=0000000a-0000000b-0000000c-0000000d,1-2-3-4
ip netns exec b sysctl net.ipv4.tcp_fastopen_key
ip netns exec b python3 -c '
import socket
s = socket.socket()
s.setsockopt(1, 2, 1)
s.setsockopt(6, 23, 5)
s.bind(("", 5000))
s.listen(5)
for i in range(5):
    c, _ = s.accept()
    n = 0
    while True:
        got = len(c.recv(4000))
        if not got: break
        n += got
    c.sendall(str(n).encode())
    c.close()' &
until ip netns exec b ss -Htln | grep -q 5000; do sleep 0.1; done
ip netns exec a python3 -c '
import select, socket
to = ("10.0.0.2", 5000)
def end(s):
    s.shutdown(1)
    print("  the server read", s.recv(100).decode(), flush=True)
    s.close()
for what, n in ("asks for a cookie", 100), ("has one", 100), ("more than fits", 5000):
    s = socket.socket()
    print(what, s.sendto(b"x" * n, socket.MSG_FASTOPEN, to))
    end(s)
s = socket.socket()
s.setsockopt(6, 30, 1)
print("deferred", s.connect(to))
try:
    s.getpeername()
except OSError as e:
    print(" ", e.strerror)
p = select.poll()
p.register(s)
print("  writable", bool(p.poll(0)[0][1] & select.POLLOUT))
s.sendall(b"y" * 2000)
end(s)
s = socket.socket()
s.setblocking(False)
print("without waiting", s.sendto(b"x" * 2000, socket.MSG_FASTOPEN, to))
s.setblocking(True)
s.sendall(b"z" * 552)
end(s)
s = socket.socket()
try:
    s.sendto(b"x" * 100, socket.MSG_FASTOPEN, ("10.0.0.2", 5001))
except OSError as e:
    print("nobody listens:", e.strerror)
'
wait
ip netns exec a ip tcp_metrics show | grep -o 'fo_.*' | sed 's/ source.*//'
for n in a b; do echo "$n:"; ip netns exec $n nstat -asz | grep -i FastOpen; done
