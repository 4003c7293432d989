# SOCK_DESTROY (ss -K): who is ended, what he and his peer see, who may not be. Asked of a kernel that can do it
# (linnet compare --oracle host --record ss-kill): user-mode-linux is built without.
. "$(dirname "$0")/kit/begin.sh"
ip link set lo up
cat >kill.py <<'P'
import errno, socket, subprocess, time
from tcp_sockets import tcp
def ss(args):
    out = subprocess.run("ss " + args, shell=True, capture_output=True, text=True)
    print("--", args, *sorted(" ".join(l.split()) for l in out.stdout.splitlines()[1:]), sep="\n", flush=True)
def attempt(what, f):
    try: print(what, f(), flush=True)
    except OSError as e: print(what, errno.errorcode[e.errno], flush=True)
def ended(s):  # the errno is the socket's own, or what a stream that was cut off reports
    try: return s.recv(9)
    except OSError as e: return e.errno in (errno.ECONNABORTED, errno.ECONNRESET)
l = tcp(5000); l.listen()
def pair(port):
    c = tcp(port); c.connect(("127.0.0.1", 5000)); return c, l.accept()[0]
a = pair(6001)
ss("-K -tn sport = :6001"); ss("-tan sport = :6001 or dport = :6001")
attempt("recv", lambda: ended(a[0])); attempt("again", lambda: a[0].recv(9)); attempt("send", lambda: a[0].send(b"x"))
attempt("peer recv", lambda: a[1].recv(9)); attempt("peer again", lambda: a[1].recv(9))
b = pair(6002); b[0].send(b"data"); time.sleep(.05)
ss("-K -tn dport = :6002"); attempt("data that waits", lambda: b[1].recv(9)); attempt("sender", lambda: b[0].recv(9))
gone = pair(6003); gone[0].close(); gone[1].close()
ss("-K -tan sport = :6003"); ss("-tan sport = :6003")
waiting = tcp(6004); waiting.connect(("127.0.0.1", 5000))
ss("-K -tlan sport = :5000 and dst 0.0.0.0"); ss("-tan sport = :5000 or sport = :6004")
attempt("accept", l.accept); attempt("who waited", lambda: waiting.recv(9))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 7000)); u.connect(("127.0.0.1", 7001))
ss("-K -uan sport = :7000"); attempt("udp", lambda: u.recv(9)); attempt("peer's name", u.getpeername); attempt("own name", u.getsockname); ss("-uan")
free = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); free.connect(("127.0.0.1", 7001)); attempt("has a port", lambda: free.getsockname()[1] > 0)
ss("-K -un dport = :7001 | sed -E 's/:[3-6][0-9]{4} /:P /'"); attempt("name of one without", free.getsockname); ss("-uan")
P
python3 kill.py
cat >q.py <<'P'
import errno, socket, struct
NL = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
def kill(what, protocol=6, family=2, src="0.0.0.0", sport=0, dst="0.0.0.0", dport=0, cookie=(0xffffffff, 0xffffffff), pad=0, flags=4):
    body = struct.pack("BBBBI", family, protocol, 0, pad, 0xfff) + struct.pack("!HH", sport, dport) + socket.inet_aton(src) + bytes(12) + socket.inet_aton(dst) + bytes(12) + struct.pack("III", 0, *cookie)
    NL.send(struct.pack("IHHII", 16 + len(body), 21, 1 | flags, 1, 0) + body)
    print(what, errno.errorcode.get(-struct.unpack_from("i", NL.recv(9999), 16)[0], "0"), flush=True)
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); l.bind(("127.0.0.1", 5000)); l.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 7000))
kill("nobody", sport=5009, src="127.0.0.1"); kill("wrong cookie", sport=5000, src="127.0.0.1", cookie=(7, 7)); kill("unknown protocol", 99)
kill("udp, nobody", 17, sport=7009, src="127.0.0.1"); kill("udp, wrong cookie", 17, sport=7000, src="127.0.0.1", cookie=(7, 7)); kill("udp", 17, sport=7000, src="127.0.0.1")
kill("netlink", family=16); kill("packet", family=17); kill("no family", family=0); kill("dump flags", sport=5000, src="127.0.0.1", flags=0x304)
kill("listener is gone", sport=5000, src="127.0.0.1")
P
python3 q.py
