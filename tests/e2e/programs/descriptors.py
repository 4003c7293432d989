"""UDP over loopback, used in every way that a descriptor can be."""
import array, ctypes, errno, os, resource, select, signal, socket, struct, sys, threading, time

libc = ctypes.CDLL(None, use_errno=True)
HERE = "127.0.0.1"


def udp(port=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if port is not None:
        s.bind((HERE, port))
    return s


try:
    a, b = udp(5000), udp()
    b.sendto(b"x", (HERE, 5000))
    assert select.select([a], [], [], 2)[0] and a.recv(1) == b"x"
except (OSError, AssertionError):
    sys.exit(77)

TO = (HERE, 5000)


def fails(code, call):
    try:
        call()
    except OSError as e:
        assert e.errno == code, e
    else:
        raise AssertionError("no error")


def plain_read_and_write():
    b.connect(TO)
    os.write(b.fileno(), b"native")
    assert os.read(a.fileno(), 100) == b"native"
    for i in range(6):
        b.send(b"m%d" % i)
    got = [a.recv(100) if i % 2 else os.read(a.fileno(), 100) for i in range(6)]
    assert got == [b"m%d" % i for i in range(6)], got
    b.send(b"")
    assert a.recv(10) == b""
    os.write(b.fileno(), b"")


def peek_and_truncation():
    time.sleep(.05)
    a.setblocking(False)
    try:
        while True:
            a.recv(10)
    except BlockingIOError:
        pass
    a.setblocking(True)
    b.send(b"0123456789")
    assert a.recv(4, socket.MSG_PEEK) == b"0123"
    data, _, flags, peer = a.recvmsg(4)
    assert data == b"0123" and flags & socket.MSG_TRUNC and peer == b.getsockname()


def poll_tells_the_truth():
    assert not select.select([a], [], [], 0)[0]
    for i in range(3):
        b.send(b"%d" % i)
    for i in range(3):
        assert select.select([a], [], [], 2)[0]
        assert a.recv(10) == b"%d" % i
    assert not select.select([a], [], [], 0)[0]
    ep = select.epoll()
    ep.register(a, select.EPOLLIN | select.EPOLLET)
    for i in range(50):
        b.send(b"%d" % i)
        assert ep.poll(2)
        assert a.recv(10) == b"%d" % i


def timeouts():
    a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 100000))
    start = time.monotonic()
    fails(errno.EAGAIN, lambda: a.recv(1))
    fails(errno.EAGAIN, lambda: os.read(a.fileno(), 1))
    assert 0.18 < time.monotonic() - start < 5
    a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 0))
    fails(errno.EAGAIN, lambda: a.recv(1, socket.MSG_DONTWAIT))


class Alarm(Exception):
    pass


def interruption():
    def alarm(*_):
        raise Alarm
    signal.signal(signal.SIGALRM, alarm)
    signal.setitimer(signal.ITIMER_REAL, .1)
    try:
        a.recv(1)
        raise AssertionError
    except Alarm:
        pass
    b.send(b"after")
    assert a.recv(10) == b"after"


def restart():
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.siginterrupt(signal.SIGALRM, False)
    signal.setitimer(signal.ITIMER_REAL, .02, .02)
    threading.Timer(.2, lambda: b.send(b"restarted")).start()
    buffer = ctypes.create_string_buffer(20)
    got = libc.recv(a.fileno(), buffer, 20, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    assert got == 9 and buffer.value == b"restarted", got


def killed_in_mid_call():
    for i in range(20):
        pid = os.fork()
        if pid == 0:
            a.recv(10)
            os._exit(0)
        if i % 2:
            time.sleep(.002)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    b.send(b"alive")
    assert a.recv(10) == b"alive"


def the_dead_take_nothing():
    first = os.fork()
    if first == 0:
        a.recv(10)
        os._exit(1)
    second = os.fork()
    if second == 0:
        os._exit(a.recv(10) == b"second")
    time.sleep(.1)
    os.kill(first, signal.SIGKILL)
    os.waitpid(first, 0)
    b.send(b"second")
    assert os.waitpid(second, 0)[1] >> 8 == 1


def passing_and_dup():
    global a
    x, y = socket.socketpair()
    socket.send_fds(x, [b"1"], [a.fileno()])
    _, fds, _, _ = socket.recv_fds(y, 10, 1)
    a.close()
    copy = os.dup(fds[0])
    os.close(fds[0])
    a = socket.socket(fileno=copy)
    assert a.getsockname() == TO
    b.send(b"passed")
    assert a.recv(10) == b"passed"


def through_exec():
    os.set_inheritable(a.fileno(), True)
    pid = os.fork()
    if pid == 0:
        os.execvp("python3", ["python3", "-c", "import socket, sys\ns = socket.socket(fileno=%d)\n"
                              "sys.exit(s.recv(10) != b'exec')" % a.fileno()])
    b.send(b"exec")
    assert os.waitpid(pid, 0)[1] == 0


def closed_while_waiting():
    s = udp()
    seen = []

    def wait():
        try:
            s.recv(1)
        except OSError as e:
            seen.append(e.errno)
    t = threading.Thread(target=wait)
    t.start()
    time.sleep(.1)
    os.close(s.detach())
    t.join(5)
    assert seen == [errno.EBADF], seen


def last_close_releases():
    s = udp(6000)
    pid = os.fork()
    if pid == 0:
        time.sleep(.2)
        os._exit(0)
    s.close()
    fails(errno.EADDRINUSE, lambda: udp(6000))
    os.waitpid(pid, 0)
    deadline = time.monotonic() + 5
    while True:
        try:
            return udp(6000).close()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(.02)


def bad_arguments():
    fd = a.fileno()
    bad = ctypes.c_void_p(8)

    def errno_of(r):
        assert r == -1, r
        return ctypes.get_errno()
    assert errno_of(libc.recvmsg(fd, bad, 0x40)) == errno.EFAULT
    assert errno_of(libc.sendto(fd, bad, 10, 0, None, 0)) in (errno.EFAULT, errno.EDESTADDRREQ)
    assert errno_of(libc.bind(fd, bad, 16)) == errno.EFAULT
    assert errno_of(libc.bind(fd, bad, -1)) == errno.EINVAL
    assert errno_of(libc.getsockname(fd, bad, bad)) == errno.EFAULT
    many = struct.pack("QIIQQQQII", 0, 0, 0, 0, 2000, 0, 0, 0, 0)
    assert errno_of(libc.sendmsg(fd, many, 0)) == errno.EMSGSIZE
    assert errno_of(libc.recvmsg(fd, many, 0x40)) == errno.EMSGSIZE
    assert errno_of(libc.recv(1000, many, 1, 0)) == errno.EBADF
    assert errno_of(libc.recv(os.open("/dev/null", os.O_RDONLY), many, 1, 0)) == errno.ENOTSOCK
    fails(errno.EAFNOSUPPORT, lambda: socket.socket(38, socket.SOCK_SEQPACKET))
    fails(errno.EINVAL, lambda: socket.socket(socket.AF_INET, 0x1000))


def a_thousand():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit[1] < 1100:
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit[1], limit[1]))
    sockets = [udp(10000 + i) for i in range(1000)]
    for i in range(1000):
        b.sendto(b"%d" % i, (HERE, 10000 + i))
    for i, s in enumerate(sockets):
        assert s.recv(10) == b"%d" % i


def descriptors_run_out():
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (30, limit[1]))
    kept = []
    try:
        while True:
            kept.append(udp())
    except OSError as e:
        assert e.errno == errno.EMFILE, e
    kept.clear()
    udp().close()
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)


def fork_storm():
    pids = []
    for _ in range(100):
        pid = os.fork()
        if pid == 0:
            udp().sendto(b"x", TO)
            os._exit(0)
        pids.append(pid)
    for pid in pids:
        os.waitpid(pid, 0)
    assert sum(1 for _ in pids if a.recv(10) == b"x") == 100


def threads():
    failed = []

    def talk(port):
        s = udp(port)
        for i in range(50):
            s.sendto(b"%d" % i, (HERE, port))
            if s.recv(10) != b"%d" % i:
                failed.append(port)
    pool = [threading.Thread(target=talk, args=(20000 + i,)) for i in range(8)]
    for t in pool:
        t.start()
    for t in pool:
        t.join()
    assert not failed


def nothing_left_over():
    """The supervisor is the parent, or the parent's parent; it holds a descriptor for each living socket."""
    deadline = time.monotonic() + 5
    while True:
        try:
            held = len(os.listdir("/proc/%d/fd" % os.getppid()))
        except OSError:
            return
        if held < 40:
            return
        assert time.monotonic() < deadline, held
        time.sleep(.05)


for test in (plain_read_and_write, peek_and_truncation, poll_tells_the_truth, timeouts, interruption, restart,
             killed_in_mid_call, the_dead_take_nothing, passing_and_dup, through_exec, closed_while_waiting,
             last_close_releases, bad_arguments, a_thousand, descriptors_run_out, fork_storm, threads,
             nothing_left_over):
    test()
    print("ok:", test.__name__, flush=True)
