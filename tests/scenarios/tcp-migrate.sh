# tcp_migrate_req: what a listener leaves behind goes to another of its SO_REUSEPORT group, if it was set when the listener ended.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_peer.sh"
cat >peer.py <<'P'
# A peer by hand: "S PORT" sends a SYN and prints the answer's flags, "A PORT" acknowledges it, and tells what comes back.
import struct, sys
from tcp_segments import receive, send
isn = {}
for line in sys.stdin:
    what, port = line.split()
    port = int(port)
    if what == "S":
        send(port, 7, 0, 2, options=struct.pack("!BBH", 2, 4, 1460))
        flags, isn[port] = receive(port, seconds=2.5)
        print("answer 0x%02x" % flags, flush=True)
    elif what == "A":
        send(port, 8, isn[port] + 1, 16)
        print("sent", flush=True)
    else:
        a = receive(port, seconds=2.5)
        print("nothing" if a is None else "flags 0x%02x" % a[0], flush=True)
P
cat >run.py <<'P'
import socket, subprocess, time
def nstat():
    lines = open("/proc/net/netstat").read().splitlines()
    d = dict(zip(lines[0].split(), lines[1].split()))
    return [int(d["TCPMigrateReq" + k]) for k in ("Success", "Failure")]
def listener(backlog=5, on=True, port=5000):
    s = socket.socket()
    if on: s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    s.bind(("0.0.0.0", port)); s.listen(backlog); s.settimeout(3)
    return s
def migrate(v): open("/proc/sys/net/ipv4/tcp_migrate_req", "w").write(str(v))
def client(data=b"", port=5000):
    c = socket.create_connection(("127.0.0.1", port)); c.settimeout(2)
    if data: c.send(data)
    return c
def says(what):
    try: return what()
    except OSError as e: return type(e).__name__
peer = subprocess.Popen(["ip", "netns", "exec", "peer", "python3", "peer.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def ask(what, port):
    peer.stdin.write("%s %d\n" % (what, port)); peer.stdin.flush()
    return peer.stdout.readline().strip()
def ss(state):
    out = subprocess.run(["ss", "-Htn", "state", state], capture_output=True, text=True).stdout
    return sorted(" ".join(l.split()) for l in out.splitlines())

print("== established and not accepted")
migrate(1)
a = listener(); c = client(b"hello"); b = listener()
print(ss("listening"))
a.close(); print(nstat(), ss("listening"))
s = b.accept()[0]; print(s.recv(10)); s.send(b"there"); print(c.recv(10)); c.close(); s.close()
print("== shutdown, and listen again")
a = listener(); b.close(); c = client(b"again"); b = listener()
a.shutdown(socket.SHUT_RDWR); print(nstat(), ss("listening"))
s = b.accept()[0]; print(s.recv(10)); s.close(); c.close()
a.listen(5); print(ss("listening")); a.close()
print("== nobody else listens")
a = listener(); b.close(); c = client(b"lost"); a.close()
print(nstat(), says(lambda: c.recv(10))); c.close()
print("== other addresses are other groups")
a = listener(); c = client(b"lost")
b = socket.socket(); b.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1); b.bind(("127.0.0.1", 5000)); b.listen(5)
a.close(); print(nstat(), says(lambda: c.recv(10))); c.close(); b.close()
print("== without SO_REUSEPORT")
a = listener(on=False, port=5001); c = client(b"lost", 5001); a.close(); print(nstat(), says(lambda: c.recv(10))); c.close()
print("== off")
migrate(0)
a = listener(); c = client(b"lost"); b = listener(); a.close()
print(nstat(), says(lambda: c.recv(10))); c.close(); b.close()
print("== set too late")
a = listener(); b = listener(); migrate(1)
cs = [client() for _ in range(8)]
a.close(); b.settimeout(0.3); n = 0
while says(b.accept) != "TimeoutError": n += 1
print(n, nstat()[1]); [c.close() for c in cs]; b.close()

for setting in (1, 0):
    print("== a request that is acknowledged, tcp_migrate_req", setting)
    migrate(setting); before = nstat()
    port = 1000 + setting
    a = listener(); print(ask("S", port)); b = listener(); print(ss("syn-recv"))
    a.close(); print(ss("syn-recv"), nstat() == before)
    print(ask("A", port))
    b.settimeout(2); print(says(lambda: b.accept()[1])); print([x - y for x, y in zip(nstat(), before)], ss("syn-recv"))
    if not setting: print(ask("?", port))
    b.close()
for setting in (1, 0):
    print("== a request whose timer runs out, tcp_migrate_req", setting)
    migrate(setting); before = nstat()
    port = 2000 + setting
    a = listener(); print(ask("S", port)); b = listener()
    a.close(); print(ss("syn-recv"))
    print(ask("?", port)); print(ss("syn-recv"), [x - y for x, y in zip(nstat(), before)])
    if setting:
        print(ask("A", port)); b.settimeout(2); print(says(lambda: b.accept()[1]), nstat()[0] - before[0])
    b.close()
print("== a request, and nobody listens")
migrate(1); before = nstat(); a = listener(); print(ask("S", 3000)); a.close(); print(ask("A", 3000), ask("?", 3000)); print(ss("syn-recv"), [x - y for x, y in zip(nstat(), before)])
peer.stdin.close(); peer.wait()
P
python3 run.py
