# What guests do with the descriptors of emulated sockets: dup, fork, exec, passing, poll, plain read and write;
# bad arguments; many at once; none left over.
. "$(dirname "$0")/_lib.sh"
need python3

cat "$E2E/programs/descriptors.py" >descriptors.py
timeout 100 "$LINNET" run -- sh -c 'ip link set lo up; exec python3 descriptors.py' >out 2>&1
status=$?
cat out
[ $status = 77 ] && skip "no UDP in this build"
same "all of it" 0 $status

# Whoever serves the guests runs out of descriptors before they do: socket says so, a connection that waits goes on waiting, and
# when some are closed all is well again.
cat >many.py <<'P'
import errno, socket
l = socket.socket(); l.bind(("127.0.0.1", 0)); l.listen()
c = socket.socket(); c.connect(l.getsockname())
all = []
def error(f):
    try: all.append(f())
    except OSError as e: return errno.errorcode[e.errno]
while not (said := error(socket.socket)): pass
print(said, 100 < len(all) < 300, error(lambda: l.accept()[0]))
del all[:10]
print(error(lambda: l.accept()[0]), error(socket.socket))
P
same "more sockets than there may be" "ENFILE True ENFILE
None None" "$(ulimit -n 300; timeout 30 "$LINNET" run -- sh -c 'ip link set lo up; exec python3 many.py' 2>&1)"
