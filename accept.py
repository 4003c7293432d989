import errno, os, resource, select, socket, time
def t(f):
    try: return f()
    except OSError as e: return errno.errorcode[e.errno]
l = socket.socket(); l.bind(("127.0.0.1", 5000)); l.listen(); clients = [socket.socket() for _ in range(4)]; port = {}
def accept():
    try: s, a = l.accept()
    except OSError as e: return errno.errorcode[e.errno]
    accepted.append(s); return "connection %d" % port[a[1]]
def fill():
    while True:
        try: spare.append(os.dup(0))
        except OSError as e: return errno.errorcode[e.errno]
def readable(): return select.select([l], [], [], 0.3)[0] == [l]
accepted, spare = [], []; was = resource.getrlimit(resource.RLIMIT_NOFILE); resource.setrlimit(resource.RLIMIT_NOFILE, (64, was[1]))
print("full:", fill()); l.setblocking(False); print("nobody there:", accept()); l.setblocking(True); print("waiting for nobody:", accept()); l.setblocking(False); print(readable())
for i, c in enumerate(clients): c.connect(("127.0.0.1", 5000)); port[c.getsockname()[1]] = i; c.send(b"data of %d" % i)
time.sleep(0.1); print("connections wait:", readable(), accept(), accept(), readable()); l.setblocking(True); print(accept(), readable())
os.close(spare.pop()); print("room for one:", accept(), accept(), readable(), accepted[0].recv(20)); print("and it works:", accepted[0].send(b"answer"), clients[0].recv(20))
clients[1].close(); fill(); os.close(spare.pop()); print("one that has closed:", accept(), accepted[1].recv(20), accepted[1].recv(20), accept())
resource.setrlimit(resource.RLIMIT_NOFILE, (20, was[1])); os.close(spare.pop()); print("a lower limit, some above:", accept()); resource.setrlimit(resource.RLIMIT_NOFILE, (64, was[1]))
print("room again:", accept(), accept(), readable()); [os.close(spare.pop()) for _ in range(2)]; print(accept(), readable(), [a.recv(20) for a in accepted[2:]]); l.setblocking(False); print(accept())
c = socket.socket(); print("full:", fill(), t(lambda: socket.socket())); c.connect(("127.0.0.1", 5000)); print(accept()); l.close(); time.sleep(0.1); print("the listener goes:", t(lambda: c.recv(9)))
