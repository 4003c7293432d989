# read, readv, write and writev of UDP sockets: errors that wait, are made by the call or come while it waits; empty messages, an error
# queue, a half that is shut; and how they compare with recv and send.
exec 2>&1
ip link set lo up
cat >errors.py <<'P'
import errno, os, select, socket, struct, threading, time
def t(f, *a):
    try: r = f(*a)
    except OSError as e: return errno.errorcode[e.errno]
    return len(r) if isinstance(r, bytes) else r
calls = {"read": lambda s: os.read(s.fileno(), 9), "readv": lambda s: os.readv(s.fileno(), [bytearray(3), bytearray(9)]), "recv": lambda s: s.recv(9), "write": lambda s: os.write(s.fileno(), b"x"), "writev": lambda s: os.writev(s.fileno(), [b"x", b"yz"]), "send": lambda s: s.send(b"x"),
         "empty": lambda s: os.write(s.fileno(), b""), "huge": lambda s: os.write(s.fileno(), bytes(70000)), "hugev": lambda s: os.writev(s.fileno(), [bytes(40000)] * 2), "nothing": lambda s: os.read(s.fileno(), 0), "error": lambda s: s.getsockopt(1, 4), "poll": lambda s: (lambda p: (p.register(s, 1), [e for _, e in p.poll(0)])[1])(select.poll()),
         "errq": lambda s: len(s.recvmsg(9, 200, 0x2000)[1]), "shut": lambda s: s.shutdown(0), "shutwr": lambda s: s.shutdown(1), "queue": lambda s: s.setsockopt(0, 11, 1), "wait": lambda s: time.sleep(0.02)}
def pair(peer=True):
    a = socket.socket(2, 2); a.bind(("127.0.0.1", 5000)); b = socket.socket(2, 2); b.bind(("127.0.0.1", 5001)); a.connect(("127.0.0.1", 5001)); b.connect(("127.0.0.1", 5000)); return a, b
def run(words, gone=False, nonblock=False):
    a, b = pair(); a.setsockopt(1, 20, struct.pack("qq", 0, 100000))
    if nonblock: os.set_blocking(a.fileno(), False)
    if gone: b.close()
    r = []
    for w in words.split():
        if w[0] == "+": b.send(b"m" * int(w[1:]))
        else: r.append("%s %s" % (w, t(calls[w], a)))
    print("nonblocking" if nonblock else "blocking", ", ".join(r)); a.close(); b.close()
for nonblock in False, True:
    for w in "read", "readv", "recv": run("send wait poll %s %s poll" % (w, w), True, nonblock); run("send wait error %s" % w, True, nonblock); run("queue send wait poll %s %s errq %s poll" % (w, w, w), True, nonblock); run("shut %s %s" % (w, w), False, nonblock)
    for w in "write", "writev", "send", "empty": run("send wait %s %s wait read" % (w, w), True, nonblock); run("shutwr %s" % w, False, nonblock)
    run("+0 poll read read", False, nonblock); run("+0 +5 read read read", False, nonblock); run("+5 nothing read", False, nonblock); run("send wait nothing read nothing", True, nonblock); run("huge hugev read", False, nonblock); run("+0 +0 readv readv recv", False, nonblock)
print("# not connected"); s = socket.socket(2, 2); print([t(calls[w], s) for w in ("write", "writev", "send", "empty")])
print("# while it waits")
for w in "read", "readv", "recv":
    a, b = pair(); b.close(); d = a.dup(); th = threading.Thread(target=lambda: print(w, t(calls[w], a))); th.start(); time.sleep(0.1); d.send(b"x"); th.join(); a.close(); d.close()
    a, b = pair(); th = threading.Thread(target=lambda: print(w, t(calls[w], a))); th.start(); time.sleep(0.1); b.send(b""); th.join(); a.close(); b.close()
print("# others"); n = socket.socket(16, 3, 0); print(t(os.write, n.fileno(), b"short")); r, w = os.pipe(); os.close(w); print(len(os.read(r, 9))); x, y = socket.socketpair(1, 5); y.send(b""); print(len(os.read(x.fileno(), 9))); print(t(os.write, x.fileno(), b"abc"), len(y.recv(9)))
p = socket.socket(17, 2); print(t(os.write, p.fileno(), b"x")); s = socket.socket(2, 3, 1); print(t(os.write, s.fileno(), b"x"))
P
python3 -u errors.py
