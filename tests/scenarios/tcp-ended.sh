# What a connection that ended says to every call: after a reset, with and without something unread or a half shut before, and after
# both FINs. Names, options and states are still there; the error is told once, to whoever asks first.
exec 2>&1
ip link set lo up
cat >ended.py <<'P'
import array, errno, fcntl, os, select, signal, socket, struct, threading, time
sig = []
signal.signal(signal.SIGPIPE, lambda *a: sig.append(1))
def t(f):
    sig.clear()
    try: r = f()
    except OSError as e: r = errno.errorcode.get(e.errno, str(e))
    return "%s%s" % (r, " SIGPIPE" if sig else "")
def ioctl(s, c):
    b = array.array("i", [7]); fcntl.ioctl(s, c, b); return b[0]
def poll(s): p = select.poll(); p.register(s, 0x7fff & ~select.POLLWRBAND); return [hex(e & ~select.POLLWRBAND) for _, e in p.poll(0)]
def info(s): return s.getsockopt(6, 11, 1)[0]
def get(s, l, n): return s.getsockopt(l, n)
DST = ("127.0.0.1", 5000)
calls = {
 "name": lambda s: s.getsockname()[:1], "peer": lambda s: s.getpeername(), "domain": lambda s: get(s, 1, 39), "protocol": lambda s: get(s, 1, 38), "type": lambda s: get(s, 1, 3), "error": lambda s: get(s, 1, 4),
 "accepting": lambda s: get(s, 1, 30), "info": info, "nodelay": lambda s: (s.setsockopt(6, 1, 1), get(s, 6, 1)), "keepalive": lambda s: (s.setsockopt(1, 9, 1), get(s, 1, 9)), "tos": lambda s: (s.setsockopt(0, 1, 16), get(s, 0, 1)),
 "maxseg": lambda s: get(s, 6, 2) > 0, "cookie": lambda s: len(s.getsockopt(1, 57, 8)), "mtu": lambda s: get(s, 0, 14), "linger": lambda s: s.getsockopt(1, 13, 8).hex(),
 "timeo": lambda s: s.setsockopt(1, 20, struct.pack("qq", 0, 100000)), "userto": lambda s: get(s, 6, 18), "md5": lambda s: s.setsockopt(6, 14, b"x"), "ulp": lambda s: s.getsockopt(6, 31, 16), "unknown": lambda s: get(s, 6, 99),
 "shut0": lambda s: s.shutdown(0), "shut1": lambda s: s.shutdown(1), "shut2": lambda s: s.shutdown(2), "shut9": lambda s: s.shutdown(9), "poll": poll, "select": lambda s: [len(x) for x in select.select([s], [s], [s], 0)],
 "inq": lambda s: ioctl(s, 0x541b), "outq": lambda s: ioctl(s, 0x5411), "nsd": lambda s: ioctl(s, 0x894b), "atmark": lambda s: ioctl(s, 0x8905), "ifname": lambda s: socket.if_indextoname(1),
 "recv": lambda s: s.recv(99), "recv0": lambda s: s.recv_into(bytearray(1), 0), "peek": lambda s: s.recv(99, 2), "oob": lambda s: s.recv(1, 1), "trunc": lambda s: s.recv_into(bytearray(99), 99, 0x20), "errq": lambda s: s.recvmsg(9, 99, 0x2000)[0], "waitall": lambda s: s.recv(99, 0x100), "dontwait": lambda s: s.recv(99, 0x40), "recvmsg": lambda s: s.recvmsg(99)[0], "recvfrom": lambda s: s.recvfrom(99),
 "read": lambda s: os.read(s.fileno(), 99), "readv": lambda s: os.readv(s.fileno(), [bytearray(9)]), "send": lambda s: s.send(b"x"), "nosig": lambda s: s.send(b"x", 0x4000), "sendoob": lambda s: s.send(b"x", 0x4001), "sendto": lambda s: s.sendto(b"x", DST), "sendmsg": lambda s: s.sendmsg([b"x"], [], 0x4000, DST), "zerocopy": lambda s: s.send(b"x", 0x4004000), "fastopen": lambda s: s.sendto(b"x", 0x20004000, DST),
 "connect": lambda s: s.connect(DST), "bind": lambda s: s.bind(("127.0.0.1", 5777)), "listen": lambda s: s.listen(), "accept": lambda s: s.accept(),
 "dup": lambda s: dup(s),
}
def dup(s):
    d = s.dup(); pid = os.fork()
    if not pid:
        try: print("child", d.getsockname()[:1], flush=True)
        except OSError as e: print("child", e, flush=True)
        os._exit(0)
    os.waitpid(pid, 0); return d.getsockname()[:1]
def pair():
    l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", 5000)); l.listen()
    c = socket.socket(); c.setsockopt(1, 2, 1); c.connect(DST); a, _ = l.accept(); l.close(); return c, a
def rst(s): s.setsockopt(1, 13, struct.pack("ii", 1, 0)); s.close()
kinds = {
 "reset": lambda c, a: rst(a),
 "unread, reset": lambda c, a: (a.send(b"hello"), time.sleep(0.02), rst(a)),
 "fin, reset": lambda c, a: (a.shutdown(1), time.sleep(0.02), rst(a)),
 "data, fin, reset": lambda c, a: (a.send(b"hello"), a.shutdown(1), time.sleep(0.02), rst(a)),
 "shut wr, reset": lambda c, a: (c.shutdown(1), time.sleep(0.02), rst(a)),
 "shut rd, reset": lambda c, a: (c.shutdown(0), time.sleep(0.02), rst(a)),
 "shut both, reset": lambda c, a: (c.shutdown(2), time.sleep(0.02), rst(a)),
 "sent, reset": lambda c, a: (c.send(b"abc"), time.sleep(0.02), a.close()),
 "both closed": lambda c, a: (c.shutdown(1), a.close()),
 "fin only": lambda c, a: a.close(),
}
seqs = ["name peer domain protocol type accepting info nodelay keepalive maxseg cookie mtu tos linger userto md5 ulp unknown", "poll select error error poll select recv recv name", "recv recv poll name error", "peek peek recv", "dontwait dontwait", "recvmsg recvfrom", "waitall waitall",
    "trunc trunc", "oob recv", "errq recv", "recv0 recv", "read read poll error name", "readv read", "send send recv", "nosig recv recv", "sendto sendto recv", "sendmsg sendmsg", "zerocopy recv", "sendoob recv", "error send recv", "error read recv",
    "shut9 shut0 shut1 recv name", "shut2 poll recv", "outq nsd atmark ifname recv inq", "connect connect recv", "bind listen accept name", "connect send", "dup recv", "timeo recv recv", "fastopen recv"]
for kind, end in kinds.items():
    print("#", kind)
    for seq in seqs:
        c, a = pair(); end(c, a); time.sleep(0.03); c.setsockopt(1, 20, struct.pack("qq", 0, 200000)); print(", ".join("%s: %s" % (w, t(lambda: calls[w](c))) for w in seq.split()), flush=True); c.close(); a.close()
    c, a = pair(); end(c, a); time.sleep(0.03); c.setblocking(False); print("nonblocking", ", ".join("%s: %s" % (w, t(lambda: calls[w](c))) for w in ("poll", "select", "recv", "recv", "error", "name")), flush=True); c.close(); a.close()
print("# who waits")
def waits(what, end, f):
    c, a = pair(); th = threading.Thread(target=lambda: print("%s: %s" % (what, t(lambda: f(c))), end=", ", flush=True), daemon=True); th.start(); time.sleep(0.15); end(c, a); th.join(2)
    print(what, "goes on waiting") if th.is_alive() else print("then", t(lambda: c.getsockname()[0]), t(lambda: get(c, 1, 4)), t(lambda: c.recv(9))); c.close(); a.close()
def fill(c):
    while True: c.send(b"x" * 100000)
for kind in "reset", "unread, reset":
    print(kind)
    for what, f in {"recv": lambda c: c.recv(9), "read": lambda c: os.read(c.fileno(), 9), "poll": lambda c: (lambda p: (p.register(c, 1), p.poll(1000)[0][1]))(select.poll()), "send": fill}.items(): waits(what, kinds[kind], f)
P
python3 -u ended.py
