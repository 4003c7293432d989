# IP_MINTTL: what comes with a lower TTL is not heard, by TCP and by who else asks for it; counters; its bounds. And the TTL of what is sent.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
cat >p.py <<'P'
import errno, socket
from calls import t
from netns import enter
enter("a"); out = socket.socket(2, 2); out.bind(("10.0.0.1", 6000))
for v in (-1, 0, 1, 255, 256): s = socket.socket(); print(v, t(s.setsockopt, 0, 21, v), s.getsockopt(0, 21), t(s.setsockopt, 0, 2, v), s.getsockopt(0, 2))
def dropped(): l = open("/proc/net/netstat").read().split("\n"); return int(l[1].split()[l[0].split().index("TCPMinTTLDrop")])
for least in (0, 64, 65, 255):
    enter("b"); before = dropped(); l = socket.socket(); l.setsockopt(1, 2, 1); l.setsockopt(0, 21, least); l.bind(("10.0.0.2", 7000)); l.listen(5); l.settimeout(0.2); enter("a")
    for ttl in (64, 255):
        c = socket.socket(); c.setsockopt(0, 2, ttl); c.settimeout(0.3)
        try: r = t(c.connect, ("10.0.0.2", 7000))
        except TimeoutError: r = "timeout"
        try: a = l.accept()[0]; a.settimeout(0.3); c.send(b"hi"); d = a.recv(9)
        except TimeoutError: d = "nothing"
        except OSError as e: d = errno.errorcode[e.errno]
        enter("b"); print("least %d, ttl %d: connect %s, heard %s, dropped %s" % (least, ttl, r, d, dropped() > before)); before = dropped(); enter("a"); c.close()
    l.close()
enter("b"); u = socket.socket(2, 2); u.bind(("10.0.0.2", 5000)); u.setsockopt(0, 21, 100); u.settimeout(0.2); w = socket.socket(2, 3, 17); w.setsockopt(0, 21, 100); w.settimeout(0.2); enter("a")
for ttl in (64, 99, 100, 255):
    out.setsockopt(0, 2, ttl); out.sendto(b"x", ("10.0.0.2", 5000))
    for n, s in (("udp", u), ("raw", w)):
        try: s.recv(99); print(ttl, n, "heard")
        except TimeoutError: print(ttl, n, "nothing")
P
python3 p.py
