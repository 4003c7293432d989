# What programs do with streams beyond reading and writing: files and pipes into them, bytes passed over, looked at or counted,
# notices of MSG_ZEROCOPY.
ip link set lo up
cat >prog.py <<'P'
import ctypes, errno, fcntl, os, signal, socket, struct, termios, threading, time

def connect(**options):
    l = socket.socket()
    for name, value in options.items():
        l.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
    l.bind(('127.0.0.1', 0))
    l.listen(5)
    a = socket.socket()
    a.connect(l.getsockname())
    b, _ = l.accept()
    l.close()
    return a, b

def inq(s):
    return struct.unpack('i', fcntl.ioctl(s, termios.FIONREAD, b'\0' * 4))[0]

def wait_inq(s, n):
    for _ in range(200):
        if inq(s) >= n:
            return
        time.sleep(0.01)

def err(f, *args):
    try:
        return f(*args)
    except OSError as e:
        return errno.errorcode[e.errno]

pattern = bytes(i % 251 for i in range(100000))
open('file', 'wb').write(pattern)

# ---- sendfile from an offset, and more than a buffer
a, b = connect()
f = os.open('file', os.O_RDONLY)
sent = os.sendfile(a.fileno(), f, 1000, 5000)
got = b.recv(5000, socket.MSG_WAITALL)
print('sendfile', sent, got == pattern[1000:6000])
total = 0
pid = os.fork()
if pid == 0:
    done = 0
    while done < len(pattern):
        done += os.sendfile(a.fileno(), f, done, len(pattern) - done)
    os._exit(0)
whole = b''
while len(whole) < len(pattern):
    whole += b.recv(65536)
os.waitpid(pid, 0)
print('sendfile all', whole == pattern)

# ---- splice: socket to pipe, pipe to socket
r, w = os.pipe()
a.sendall(b'through a pipe')
wait_inq(b, 14)
print('splice in', os.splice(b.fileno(), w, 100), os.read(r, 100))
os.write(w, b'and back')
print('splice out', os.splice(r, b.fileno(), 100), a.recv(100))
print('splice nothing', err(lambda: os.splice(b.fileno(), w, 100, flags=os.SPLICE_F_NONBLOCK)
      if b.setblocking(False) is None else None))
b.setblocking(True)

# ---- passing over, looking, waiting for all
a.sendall(pattern[:3000])
wait_inq(b, 3000)
print('peek', b.recv(10, socket.MSG_PEEK) == pattern[:10], inq(b))
print('trunc', len(b.recv(1000, socket.MSG_TRUNC)), inq(b), b.recv(5) == pattern[1000:1005])
print('waitall', b.recv(1995, socket.MSG_WAITALL) == pattern[1005:3000], inq(b))
print('peek off', err(lambda: b.setsockopt(socket.SOL_SOCKET, 42, 0)))

# ---- TCP_INQ
TCP_INQ = 36
for v in (2, -1):
    print('inq', v, err(lambda: b.setsockopt(socket.IPPROTO_TCP, TCP_INQ, v)))
b.setsockopt(socket.IPPROTO_TCP, TCP_INQ, 1)
a.sendall(pattern[:1000])
wait_inq(b, 1000)
def recvmsg(n, flags=0):
    d, c, fl, _ = b.recvmsg(n, 100, flags)
    return len(d), [(l, t, struct.unpack('i', x)[0]) for l, t, x in c], fl
print('inq', recvmsg(300), recvmsg(300, socket.MSG_PEEK))
a.shutdown(socket.SHUT_WR)
time.sleep(0.05)
print('inq', recvmsg(699), recvmsg(1))
print('inq', recvmsg(1))

# ---- TCP_ZEROCOPY_RECEIVE without a mapping
a, b = connect()
libc = ctypes.CDLL(None, use_errno=True)
def zr(s, size=24, address=0):
    room = ctypes.create_string_buffer(struct.pack('Q', address), 64)
    n = ctypes.c_int(size)
    if libc.getsockopt(s.fileno(), 6, 35, room, ctypes.byref(n)):
        return errno.errorcode[ctypes.get_errno()]
    return n.value, struct.unpack_from('IIIi', room.raw, 8)
print('zerocopy receive', zr(b, 8), zr(b, 12), zr(b, 24, 100), zr(b))

# ---- SIOCOUTQ: nothing waits once it is acknowledged
a.sendall(b'x' * 100)
wait_inq(b, 100)
print('zerocopy receive', zr(b), zr(b, 64))
for name, cmd in ('OUTQ', termios.TIOCOUTQ), ('OUTQNSD', 0x894b):
    for _ in range(200):
        n = struct.unpack('i', fcntl.ioctl(a, cmd, b'\0' * 4))[0]
        if n == 0:
            break
        time.sleep(0.01)
    print(name, n)

b.recv(100)
a.sendall(pattern[:5000])
wait_inq(b, 5000)
print('zerocopy receive', zr(b))
b.recv(5000, socket.MSG_WAITALL)

# ---- SO_RCVLOWAT
b.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 50)
print('lowat', b.getsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT))
a.sendall(b'y' * 20)
wait_inq(b, 20)
print('lowat', err(lambda: len(b.recv(100, socket.MSG_DONTWAIT))), inq(b))

# ---- MSG_ZEROCOPY
a, b = connect()
ZC = 0x4000000
SO_ZEROCOPY = 60
print('zerocopy', err(lambda: a.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 2)))
a.send(b'ignored without the option', ZC)
a.setsockopt(socket.SOL_SOCKET, SO_ZEROCOPY, 1)
def notices():
    out = []
    for _ in range(100):
        try:
            d, c, fl, n = a.recvmsg(100, 200, socket.MSG_ERRQUEUE)
        except BlockingIOError:
            if out:
                break
            time.sleep(0.02)
            continue
        out += [(l, t, struct.unpack_from('IBBBBII', x)) for l, t, x in c] + [fl & socket.MSG_ERRQUEUE != 0]
    return out
print('sent', a.send(pattern[:4000], ZC))
b.recv(4000 + 26, socket.MSG_WAITALL)
time.sleep(0.1)
print(notices())
for i in range(3):
    a.send(pattern[:1000], ZC)
    b.recv(1000, socket.MSG_WAITALL)
time.sleep(0.1)
print(notices())
print('empty', a.send(b'', ZC))
# One call that waits again and again for a reader.
big = pattern * (6000000 // len(pattern) + 1)
got = bytearray()
def read_slowly():
    while len(got) < len(big):
        got.extend(b.recv(300000))
        time.sleep(0.002)
reader = threading.Thread(target=read_slowly)
reader.start()
print('blocking', a.send(big, ZC) == len(big))
reader.join()
print('whole', got == big)
time.sleep(0.1)
print(notices())
# The same, interrupted: what a call says it has sent is what it has.
got.clear()
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
reader = threading.Thread(target=read_slowly)
reader.start()
sent = 0
while sent < len(big):
    sent += a.send(memoryview(big)[sent:], ZC)
signal.setitimer(signal.ITIMER_REAL, 0)
reader.join()
print('whole', got == big)
a.close()
time.sleep(0.05)
print('zerocopy receive', zr(b))
b.close()
P
python3 prog.py
