# After `ss -K` of a UDP or TCP socket: what the next calls and poll say, and who waits in a call. Asked of a kernel that can do it (linnet compare --oracle host --record
# ss-kill-calls): user-mode-linux is built without.
exec 2>&1
ip link set lo up
cat >kill.py <<'P'
import errno, os, select, socket, subprocess, threading, time
def t(name, f):
    try: r = f()
    except OSError as e: r = errno.errorcode[e.errno]
    print(name + ":", r, flush=True)
def poll(s):
    p = select.poll(); p.register(s, 0x7fff & ~select.POLLWRBAND)
    return [hex(e & ~select.POLLWRBAND) for _, e in p.poll(0)]
def kill(*a): subprocess.run(["ss", "-K", "-H", *a], stdout=subprocess.DEVNULL)
def recv(s): return len(s.recv(100, socket.MSG_DONTWAIT))
def calls(s, what, dst):
    for w in what.split():
        t("  " + w, {"poll": lambda: poll(s), "recv": lambda: recv(s), "peek": lambda: len(s.recv(100, socket.MSG_DONTWAIT | socket.MSG_PEEK)),
            "send": lambda: s.send(b"x", socket.MSG_NOSIGNAL), "sendto": lambda: s.sendto(b"x", dst), "name": s.getsockname, "peer": s.getpeername,
            "error": lambda: s.getsockopt(1, 4), "connect": lambda: s.connect(dst), "bind": lambda: s.bind(("127.0.0.1", 4002)),
            "read": lambda: len(os.read(s.fileno(), 9)), "write": lambda: os.write(s.fileno(), b"x"), "shutdown": lambda: s.shutdown(2)}[w])
def udp(connected, queued, what):
    print("udp", "connected" if connected else "bound", queued)
    s = socket.socket(2, 2); s.bind(("127.0.0.1", 4000)); o = socket.socket(2, 2); o.bind(("127.0.0.1", 4001))
    if connected: s.connect(("127.0.0.1", 4001))
    for i in range(queued): o.sendto(b"q%d" % i, ("127.0.0.1", 4000))
    kill("-u", "-a", "sport = 4000"); s.setblocking(False); calls(s, what, ("127.0.0.1", 4001))
for c in (0, 1):
    for w in ("poll recv recv poll name peer send sendto name", "send send sendto recv", "sendto recv", "error error poll connect name", "connect send send", "bind recv name", "peek peek recv",
              "shutdown recv"): udp(c, 0, w)
    for w in ("poll recv recv poll recv", "peek peek recv recv", "error poll recv recv recv"): udp(c, 2, w)
def tcp(queued, what):
    print("tcp", queued)
    l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", 5000)); l.listen()
    c = socket.socket(); c.setsockopt(1, 2, 1); c.bind(("127.0.0.1", 4100)); c.connect(("127.0.0.1", 5000)); a, _ = l.accept()
    if queued: a.send(b"hello")
    kill("-t", "dport = 5000"); calls(c, what, ("127.0.0.1", 5000)); c.close()
    t("  peer", lambda: a.recv(9)); t("  peer", lambda: a.recv(9)); t("  peer sends", lambda: a.send(b"x", socket.MSG_NOSIGNAL))
for w in ("", "recv recv name peer poll", "error error name", "send send recv", "sendto recv", "read read name", "poll peek name", "shutdown recv", "connect bind recv"): tcp(0, w)
for w in ("peek", "recv recv recv", "recv send recv", "read read read", "error recv recv"): tcp(5, w)
def listener(what):
    print("listener"); s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 5001)); s.listen(); c = socket.socket(); c.connect(("127.0.0.1", 5001))
    kill("-tl", "sport = 5001"); s.setblocking(False)
    for w in what.split(): t("  " + w, {"poll": lambda: poll(s), "accept": s.accept, "name": s.getsockname, "listen": lambda: s.listen(), "error": lambda: s.getsockopt(1, 4), "bind": lambda: s.bind(("127.0.0.1", 5002))}[w])
    time.sleep(0.05); t("  client", lambda: c.recv(9))
for w in ("accept accept name", "error error name", "bind name"): listener(w)
def waits(kind):
    if kind == "udp": s = socket.socket(2, 2); s.bind(("127.0.0.1", 4000)); k = ("-u", "-a", "sport = 4000")
    if kind in ("tcp", "poll"):
        l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", 5003)); l.listen(); s = socket.socket(); s.connect(("127.0.0.1", 5003)); a, _ = l.accept(); k = ("-t", "dport = 5003")
    if kind == "accept": s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 5004)); s.listen(); k = ("-tl", "sport = 5004")
    f = {"accept": lambda: s.accept(), "poll": lambda: select.select([s], [], [])[0] == [s]}.get(kind, lambda: s.recv(9))
    th = threading.Thread(target=lambda: t("waits " + kind, f), daemon=True); th.start(); time.sleep(0.3); kill(*k); th.join(3)
    if th.is_alive(): print(kind, "goes on waiting")
for k in ("udp", "tcp", "poll", "accept"): waits(k)
P
python3 kill.py
