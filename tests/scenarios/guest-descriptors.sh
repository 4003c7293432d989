# What programs do with the descriptors of TCP and UDP sockets: dup, fork, exec, passing, select, poll and epoll by level
# and edge, signals, FIONREAD, sendfile, splice. Every line is asked of Linux.
ip link set lo up
cat >/tmp/descriptors.$$.py <<'P'
import array, errno, fcntl, os, select, signal, socket, struct, subprocess, sys, termios, threading, time

L = ("127.0.0.1", 7000)
listener = socket.create_server(L, backlog=8)


def pair():
    c = socket.create_connection(L)
    return c, listener.accept()[0]


def udp(port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", port))
    return s


def attempt(what, call):
    try:
        r = call()
    except OSError as e:
        r = errno.errorcode[e.errno]
    print(" ", what, r if not isinstance(r, bytes) or len(r) < 40 else len(r), flush=True)


def inq(s):
    a = array.array("i", [0])
    fcntl.ioctl(s, termios.FIONREAD, a)
    return a[0]


def events(p, *socks):
    time.sleep(0.02)
    names = {s.fileno(): i for i, s in enumerate(socks)}
    return sorted((names[f], e & ~0x300) for f, e in p.poll(0.2 if isinstance(p, select.epoll) else 200))


def dup_and_close():
    c, s = pair()
    d = os.dup(c.fileno())
    c.close()
    os.write(d, b"by the copy")
    attempt("read", lambda: s.recv(100))
    os.close(d)
    attempt("then", lambda: s.recv(100))
    attempt("two numbers, one socket", lambda: (
        lambda a: (os.dup2(a.fileno(), 77), os.fstat(77).st_ino == os.fstat(a.fileno()).st_ino,
                   fcntl.fcntl(77, fcntl.F_SETFL, os.O_NONBLOCK), bool(fcntl.fcntl(a, fcntl.F_GETFL) & os.O_NONBLOCK)))(s))
    os.close(77)


def fork_shares():
    c, s = pair()
    if os.fork() == 0:
        c.close()
        s.sendall(b"from the child")
        os._exit(0)
    s.close()
    attempt("read", lambda: c.recv(100))
    os.wait()
    attempt("end", lambda: c.recv(100))


def exec_keeps():
    c, s = pair()
    os.set_inheritable(s.fileno(), True)
    c.send(b"line\n")
    p = subprocess.run(["sh", "-c", f"echo by exec >&{s.fileno()}; read x <&{s.fileno()}; echo got $x"], close_fds=False,
                       stdout=subprocess.PIPE, input=b"")
    attempt("child", lambda: p.stdout)
    attempt("read", lambda: c.recv(100))
    os.set_inheritable(s.fileno(), False)
    n = s.fileno()
    p = subprocess.run(["sh", "-c", f"echo x >&{n}"], close_fds=False, stderr=subprocess.DEVNULL)
    attempt("close on exec", lambda: p.returncode != 0)


def passing():
    c, s = pair()
    u = udp(7001)
    a, b = socket.socketpair(socket.AF_UNIX)
    if os.fork() == 0:
        m, fds, _, _ = socket.recv_fds(b, 10, 3)
        t, v = socket.socket(fileno=fds[0]), socket.socket(fileno=fds[1])
        t.sendall(b"through the passed one")
        print("  udp", v.recvfrom(100)[0], v.getsockname(), t.getpeername() == c.getsockname(), flush=True)
        os._exit(0)
    socket.send_fds(a, [b"fds"], [s.fileno(), u.fileno()])
    s.close()
    u.close()
    v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    v.sendto(b"datagram", ("127.0.0.1", 7001))
    os.wait()
    attempt("read", lambda: c.recv(22, socket.MSG_WAITALL))
    attempt("end", lambda: c.recv(1))
    v.connect(("127.0.0.1", 7001))
    v.send(b"x")
    time.sleep(0.1)
    attempt("nobody has it any more", lambda: v.send(b"x"))


def readiness(make):
    c, s = pair()
    p = make()
    p.register(s, select.POLLIN | select.POLLOUT | select.POLLRDHUP if make is select.poll else
               select.EPOLLIN | select.EPOLLOUT | 0x2000)
    attempt("idle", lambda: events(p, s))
    c.send(b"abc")
    attempt("data", lambda: events(p, s))
    s.recv(1)
    attempt("some left", lambda: events(p, s))
    s.recv(10)
    attempt("all read", lambda: events(p, s))
    s.setblocking(False)
    n, idle = 0, 0
    while n < 50_000_000 and idle < 5:
        try:
            n += s.send(bytes(65536))
            idle = 0
        except BlockingIOError:
            time.sleep(0.02)
            idle += 1
    attempt("full", lambda: events(p, s))
    c.setblocking(False)
    m = 0
    end = time.monotonic() + 5
    while m < n and time.monotonic() < end:
        try:
            m += len(c.recv(1 << 20))
        except BlockingIOError:
            time.sleep(0.01)
    attempt("emptied", lambda: (m == n, events(p, s)))
    c.shutdown(socket.SHUT_WR)
    attempt("half closed", lambda: events(p, s))
    s.shutdown(socket.SHUT_WR)
    attempt("both", lambda: events(p, s))


def edges():
    c, s = pair()
    p = select.epoll()
    p.register(s, select.EPOLLIN | select.EPOLLET)
    attempt("idle", lambda: events(p, s))
    c.send(b"abc")
    attempt("data", lambda: events(p, s))
    attempt("again", lambda: events(p, s))
    c.send(b"def")
    attempt("more", lambda: events(p, s))
    s.recv(2)
    attempt("after a part", lambda: events(p, s))
    s.recv(100)
    c.send(b"g")
    attempt("new", lambda: events(p, s))
    c.close()
    attempt("end", lambda: events(p, s))
    q = select.epoll()
    q.register(listener, select.EPOLLIN | select.EPOLLONESHOT)
    d = socket.create_connection(L)
    attempt("once", lambda: events(q, listener))
    attempt("not twice", lambda: events(q, listener))
    q.modify(listener, select.EPOLLIN)
    attempt("rearmed", lambda: events(q, listener))
    listener.accept()[0].close()
    attempt("taken", lambda: events(q, listener))
    d.close()


def nonblocking():
    u = udp(7002)
    u.setblocking(False)
    attempt("recv", lambda: u.recv(1))
    u.setblocking(True)
    attempt("MSG_DONTWAIT", lambda: u.recv(1, socket.MSG_DONTWAIT))
    listener.setblocking(False)
    attempt("accept", lambda: listener.accept())
    listener.setblocking(True)
    c, s = pair()
    c.setblocking(False)
    attempt("tcp", lambda: c.recv(1))
    attempt("read", lambda: os.read(c.fileno(), 1))
    t = socket.socket()
    t.setblocking(False)
    attempt("refused later", lambda: (t.connect_ex(("127.0.0.1", 7999)), select.select([], [t], [], 1)[1] == [t],
                                      errno.errorcode[t.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)]))


def signals():
    c, s = pair()
    seen = []
    class Out(Exception):
        pass
    def out(*_):
        seen.append(1)
        raise Out
    signal.signal(signal.SIGALRM, out)
    for what, call in (("recv", lambda: s.recv(1)), ("read", lambda: os.read(s.fileno(), 1)), ("accept", listener.accept),
                       ("select", lambda: select.select([s], [], [], 5)), ("udp", lambda: udp(7003).recvfrom(1))):
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        try:
            call()
            print(" ", what, "went on")
        except Out:
            print(" ", what, "interrupted")
    signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    threading.Timer(0.3, lambda: c.send(b"later")).start()
    attempt("waits on after a handler", lambda: s.recv(100))
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    c.close()
    s.close()
    pid = os.fork()
    if pid == 0:
        c, s = pair()
        s.close()
        time.sleep(0.1)
        for _ in range(3):
            c.send(b"x")
            time.sleep(0.05)
        os._exit(0)
    attempt("ended by", lambda: signal.Signals(os.waitpid(pid, 0)[1]).name)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)


def how_much():
    c, s = pair()
    c.send(b"12345")
    select.select([s], [], [], 2)
    attempt("tcp", lambda: inq(s))
    s.recv(2)
    attempt("left", lambda: inq(s))
    attempt("listener", lambda: inq(listener))
    u = udp(7004)
    v = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    attempt("udp, nothing", lambda: inq(u))
    v.sendto(b"123", u.getsockname())
    v.sendto(b"12345678", u.getsockname())
    attempt("udp, the first", lambda: inq(u))
    u.recv(1)
    attempt("the next", lambda: inq(u))


def files():
    with open("/tmp/descriptors.%d.data" % os.getppid(), "wb+") as f:
        data = bytes(range(256)) * 4096
        f.write(data)
        f.flush()
        c, s = pair()
        got = bytearray()

        def drain(sock, n):
            while len(got) < n:
                part = sock.recv(1 << 16)
                if not part:
                    break
                got.extend(part)

        t = threading.Thread(target=drain, args=(s, len(data)))
        t.start()
        at = 0
        while at < len(data):
            at += os.sendfile(c.fileno(), f.fileno(), at, len(data) - at)
        t.join(10)
        attempt("sendfile", lambda: bytes(got) == data)
        got.clear()
        r, w = os.pipe()
        t = threading.Thread(target=drain, args=(s, len(data)))
        t.start()
        at = 0
        while at < len(data):
            n = os.splice(f.fileno(), w, min(65536, len(data) - at), offset_src=at)
            at += n
            while n:
                n -= os.splice(r, c.fileno(), n)
        t.join(10)
        attempt("splice in", lambda: bytes(got) == data)
        c.sendall(data[:50000])
        c.close()
        n, out = 0, bytearray()
        while True:
            n = os.splice(s.fileno(), w, 65536)
            if not n:
                break
            out.extend(os.read(r, n))
        attempt("splice out", lambda: bytes(out) == data[:50000])
        u, v = udp(7005), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        v.connect(("127.0.0.1", 7005))
        attempt("sendfile by UDP", lambda: (os.sendfile(v.fileno(), f.fileno(), 0, 1000), len(u.recv(65536))))
        os.unlink(f.name)


def shut_down():
    c, s = pair()
    s.shutdown(socket.SHUT_RD)
    attempt("recv after SHUT_RD", lambda: s.recv(1))
    c.send(b"x")
    time.sleep(0.05)
    attempt("what came then", lambda: s.recv(1))
    s.shutdown(socket.SHUT_WR)
    attempt("send after SHUT_WR", lambda: s.send(b"x"))
    attempt("the other's end", lambda: c.recv(1))
    c.close()
    attempt("closed", lambda: s.getpeername()[0])
    c, s = pair()
    s.send(b"unread")
    select.select([c], [], [], 1)
    c.close()
    time.sleep(0.05)
    attempt("reset", lambda: s.recv(1))
    attempt("once", lambda: s.recv(1))
    c, s = pair()
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    c.close()
    time.sleep(0.05)
    attempt("linger 0", lambda: s.recv(1))


for test in (dup_and_close, fork_shares, exec_keeps, passing, edges, nonblocking, signals, how_much, files, shut_down):
    print(test.__name__, flush=True)
    test()
for make in (select.poll, select.epoll):
    print("readiness", make.__name__, flush=True)
    readiness(make)
P
timeout 30 python3 /tmp/descriptors.$$.py 2>&1; rm /tmp/descriptors.$$.py
