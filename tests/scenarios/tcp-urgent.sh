# Urgent data as its receiver sees it: reads that end before the mark, MSG_OOB with and without more behind it, SO_OOBINLINE,
# SIOCATMARK, SIGURG, and what poll and select say.
exec 2>&1
ip link set lo up
cat >urgent.py <<'P'
import errno, fcntl, os, select, signal, socket, struct, time
OOB, PEEK, NOW = socket.MSG_OOB, socket.MSG_PEEK, socket.MSG_DONTWAIT
heard = []
signal.signal(signal.SIGURG, lambda *a: heard.append(1))
def t(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
def pair(inline=False, listener_inline=False):
    l = socket.socket(); l.setsockopt(1, 2, 1); l.setsockopt(1, 10, listener_inline); l.bind(("127.0.0.1", 5000)); l.listen(); a = socket.socket(); a.connect(("127.0.0.1", 5000)); b, _ = l.accept()
    if inline: b.setsockopt(1, 10, 1)
    fcntl.fcntl(b, fcntl.F_SETOWN, os.getpid()); heard.clear(); return a, b
def atmark(s): return struct.unpack("i", fcntl.ioctl(s, 0x8905, b"\0\0\0\0"))[0]
def polled(s): p = select.poll(); p.register(s, select.POLLIN | select.POLLPRI); return [e for _, e in p.poll(0)]
def selected(s): r, _, x = select.select([s], [], [s], 0); return len(r), len(x)
def epolled(s): e = select.epoll(); e.register(s, select.EPOLLIN | select.EPOLLPRI); return [x for _, x in e.poll(0)]
def do(s, steps):
    time.sleep(0.05); out = []
    for w in steps.split():
        f = {"oob": lambda: s.recv(9, OOB | NOW), "peekoob": lambda: s.recv(9, OOB | PEEK | NOW), "read": lambda: os.read(s.fileno(), 9), "recv": lambda: s.recv(9, NOW), "recv1": lambda: s.recv(1, NOW), "recv2": lambda: s.recv(2, NOW), "peek": lambda: s.recv(9, PEEK | NOW),
             "mark": lambda: atmark(s), "poll": lambda: polled(s), "select": lambda: selected(s), "epoll": lambda: epolled(s), "signals": lambda: len(heard), "oob0": lambda: s.recv(0, OOB | NOW), "inline": lambda: s.setsockopt(1, 10, 1), "notinline": lambda: s.setsockopt(1, 10, 0), "wait": lambda: s.recv(9)}[w]
        out.append("%s=%s" % (w, t(f)))
    print("   ", *out)
def case(sent, *steps, **k):
    for one in steps:
        a, b = pair(**k); b.setblocking(False)
        for part in sent.split():
            a.send(part[1:].encode(), OOB) if part[0] == "!" else a.send(part.encode()); time.sleep(0.03)
        print(sent, k or ""); do(b, one); a.close(); do(b, "poll recv recv oob mark")
case("abc", "oob mark poll recv oob mark signals")
case("!U", "signals poll select epoll mark oob oob mark poll recv", "recv poll oob", "peekoob peekoob oob peekoob", "oob0 oob", "read oob mark")
case("abc !dU", "signals poll select epoll mark oob oob recv mark recv", "recv mark poll oob poll recv", "recv recv oob", "peek peek oob peek recv recv", "recv2 mark recv2 mark oob mark", "read mark read oob")
case("abc !U xyz", "signals poll mark oob oob mark recv mark recv mark oob", "recv mark poll select oob mark poll recv mark", "recv mark recv oob mark", "recv2 oob recv2 recv2 recv2", "read mark oob read", "read read oob", "peek recv peek recv", "recv1 recv1 recv1 mark recv1 mark oob")
case("ab !V cd !W ef", "signals poll oob oob recv mark recv mark recv", "recv mark recv mark oob recv", "recv recv recv recv")
case("!V !W", "signals oob oob recv mark", "recv oob mark recv")
for k in ({"inline": True}, {"listener_inline": True}): case("abc !U xyz", "poll oob mark recv mark oob recv mark", "recv1 recv2 mark poll select epoll recv1 mark recv signals", "peek read mark read", **k)
case("abc !U xyz", "inline recv mark recv", "recv inline mark recv", "recv oob inline mark recv"); case("abc !U xyz", "notinline recv oob recv", inline=True)
print("# who waits"); a, b = pair(); pid = os.fork()
if pid == 0: time.sleep(0.3); a.send(b"U", OOB); time.sleep(0.3); a.send(b"z"); os._exit(0)
p = select.poll(); p.register(b, select.POLLPRI); print([e for _, e in p.poll(3000)], t(lambda: b.recv(1, OOB)), len(heard), p.poll(0)); print(select.select([b], [], [], 3)[0] == [b], t(lambda: b.recv(9))); os.waitpid(pid, 0)
a, b = pair(); pid = os.fork()
if pid == 0: time.sleep(0.2); a.send(b"U", OOB); time.sleep(0.2); a.send(b"z"); os._exit(0)
print(b.recv(9), atmark(b), len(heard)); os.waitpid(pid, 0)
a, b = pair(); a.send(b"back", OOB); b.send(b"forth", OOB); time.sleep(0.05); print(a.recv(1, OOB), b.recv(1, OOB), a.recv(9), b.recv(9))
print("# not connected"); s = socket.socket(); print(t(lambda: s.recv(1, OOB | NOW)), t(lambda: atmark(s)), t(lambda: s.send(b"x", OOB | socket.MSG_NOSIGNAL))); s.bind(("127.0.0.1", 5001)); s.listen(); print(t(lambda: s.recv(1, OOB | NOW)), t(lambda: atmark(s)))
P
python3 urgent.py
