# How connections end: unread data and SO_LINGER reset, both ends close at once, FIN_WAIT2 and LAST_ACK in /proc/net/tcp.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_hosts.sh"
d=$(mktemp -d); cd $d
cat > ends.py <<'P'
import select, socket, struct, time
from netns import enter as ns
ns("b"); l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("10.0.1.2", 5000)); l.listen(5)
port = 40000
def pair():
    global port
    ns("a"); c = socket.socket(); c.bind(("10.0.1.1", port)); port += 1; c.connect(("10.0.1.2", 5000))
    return c, l.accept()[0]
def state(who):
    ns(who)
    for line in open("/proc/net/tcp").readlines()[1:]:
        f = line.split()
        if f[3] != "0A" and int(f[1].split(":")[1], 16) in (5000, port - 1): print(" ", who, f[1], f[2], "state", f[3])
def tell(what, f):
    try: print(what, f())
    except OSError as e: print(what, e)
def wait(): time.sleep(0.2)
print("# orderly")
c, s = pair(); c.shutdown(1); wait(); state("a"); state("b"); print(s.recv(10)); s.close(); wait(); state("a"); state("b"); c.close()
print("# unread data")
c, s = pair(); c.send(b"unread"); wait(); tell("peek", lambda: s.recv(3, 2)); s.setsockopt(1, 13, struct.pack("ii", 1, 0)); s.close(); wait()
tell("error", lambda: c.getsockopt(1, 4)); tell("send", lambda: c.send(b"x")); c.close()
print("# linger 0")
c, s = pair(); c.setsockopt(1, 13, struct.pack("ii", 1, 0)); c.close(); wait(); tell("recv", lambda: s.recv(10)); s.close(); state("a"); state("b")
print("# refused, listening, connected twice")
c = socket.socket(); ns("a"); c.close(); c = socket.socket(); tell("connect", lambda: c.connect(("10.0.1.2", 5009))); c.close()
tell("accept", lambda: socket.socket().accept()); tell("send", lambda: socket.socket().send(b"x")); tell("shutdown", lambda: socket.socket().shutdown(1))
c, s = pair(); tell("connect", lambda: c.connect(("10.0.1.2", 5000))); tell("listen", lambda: c.listen(1)); tell("bind", lambda: c.bind(("", 0)))
print(c.getsockname(), c.getpeername(), s.getsockname(), s.getpeername())
p = select.poll(); p.register(c, 0xffff); print([hex(e & ~0x200) for _, e in p.poll(0)]); s.send(b"data"); wait(); print([hex(e & ~0x200) for _, e in p.poll(0)]); s.shutdown(1); wait(); print([hex(e & ~0x200) for _, e in p.poll(0)])
print(c.recv(100), c.recv(100)); c.close(); s.close()
P
python3 ends.py
for n in a b; do echo == $n; ip netns exec $n nstat -asz | grep -E "^Tcp(ActiveOpens|PassiveOpens|AttemptFails|EstabResets|CurrEstab|InSegs|OutSegs|RetransSegs|OutRsts|InErrs)|^TcpExtTCPAbort"; done
