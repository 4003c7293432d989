# Captures in a world by programs that map a packet socket's ring: tcpdump, dumpcap, tshark, Python; by poll and by
# epoll; and what becomes of the ring, its readers and their descriptors. What tcpdump prints is compared with Linux in
# tests/scenarios/tcpdump*.
. "$(dirname "$0")/_lib.sh"
need ip ping python3 tcpdump

pair='. "$E2E/_pair.sh"
  ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0; ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev v1
  ready() { for _ in $(seq 200); do grep -q "$1" "$2" 2>/dev/null && return; sleep 0.05; done; }
  '
world() { rm -f out err; timeout 60 "$LINNET" run -- bash -c "$pair $1" 2>&1; }

same "tcpdump counts what it caught" "4 packets captured" "$(world '
  tcpdump -i v0 -c 4 -w f.pcap 2>err & ready listening err
  ping -qc 2 -i 0.2 10.0.0.2 >/dev/null; wait; grep captured err')"
same "and wrote it down" "4" "$(tcpdump -r f.pcap 2>/dev/null | wc -l)"
same "a flood leaves nothing uncounted" "ok" "$(world '
  tcpdump -i v0 -B 64 -w f.pcap icmp 2>err & ready listening err
  ping -qc 1000 -i 0.002 10.0.0.2 >/dev/null; sleep 1.2; kill %1; wait
  captured=$(sed -n "s/ packets\{0,1\} captured//p" err); dropped=$(sed -n "s/ packets\{0,1\} dropped by kernel//p" err)
  received=$(sed -n "s/ packets\{0,1\} received by filter//p" err)
  [ $((captured + dropped)) = 2000 ] && [ $received = 2000 ] && echo ok || cat err')"

if command -v dumpcap >/dev/null && dumpcap -v >/dev/null 2>&1; then
  same "dumpcap" "4" "$(world '
    dumpcap -q -i v0 -c 4 -w d.pcap 2>err & ready File: err
    ping -qc 2 -i 0.2 10.0.0.2 >/dev/null; wait; tcpdump -r d.pcap 2>/dev/null | wc -l')"
fi
if command -v tshark >/dev/null; then
  same "tshark" "Echo Echo Echo Echo" "$(world '
    HOME=$TMPDIR tshark -n -l -i v0 -c 4 >out 2>err & ready started err
    ping -qc 2 -i 0.2 10.0.0.2 >/dev/null; wait; grep -o Echo out' | xargs)"
fi

cat >ring.py <<'PY'
# A ring of version 2 with 8 frames, read by the readiness that argv[1] names. Prints lengths, and how often it
# was told to be ready without a frame while nothing came.
import mmap, os, select, socket, struct, sys, time
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.setsockopt(263, 10, 1)
s.setsockopt(263, 5, struct.pack("4I", 4096, 4, 2048, 8))
s.bind(("v0", 3))
before = set(os.listdir("/proc/self/fd"))
m = mmap.mmap(s.fileno(), 4 * 4096)
after = set(os.listdir("/proc/self/fd"))
assert len(after) - len(before) <= 1, (before, after)  # Python keeps a duplicate
print("ready", flush=True)
if sys.argv[1] == "epoll":
    e = select.epoll(); e.register(s, select.EPOLLIN); wait = e.poll
elif sys.argv[1] == "select":
    wait = lambda t: select.select([s], [], [], t)[0]
else:
    p = select.poll(); p.register(s, select.POLLIN); wait = lambda t: p.poll(t * 1000)
seen, head, lengths = 0, 0, []
while seen < 20:
    assert wait(10), "nothing came"
    status, length = struct.unpack_from("II", m, head * 2048)
    while status & 1:
        lengths.append(length); seen += 1
        struct.pack_into("I", m, head * 2048, 0)
        head = (head + 1) % 8
        status, length = struct.unpack_from("II", m, head * 2048)
spurious, end = 0, time.monotonic() + 0.5
while time.monotonic() < end: spurious += bool(wait(0.1))
print(set(lengths), "calm" if spurious < 20000 else "spurious %d" % spurious)
m.close()
s.setsockopt(263, 5, struct.pack("4I", 0, 0, 0, 0))
PY
for how in poll epoll select; do
  same "a ring read by $how" "{98} calm" "$(world "
    python3 ring.py $how >out 2>&1 & ready ready out
    ping -qc 10 -i 0.05 10.0.0.2 >/dev/null; wait; tail -n 1 out")"
done

same "a ring in a program with threads and signals" "ok" "$(world '
  python3 -c "
import mmap, signal, socket, struct, threading
ticks = 0
def tick(*_):
    global ticks; ticks += 1
signal.signal(signal.SIGALRM, tick); signal.siginterrupt(signal.SIGALRM, False)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
done = []
def work():
    for _ in range(30):
        s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        s.setsockopt(263, 5, struct.pack(\"4I\", 4096, 2, 2048, 4))
        m = mmap.mmap(s.fileno(), 8192); m[0:4] = bytes(4); m.close(); s.close()
    done.append(1)
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
signal.setitimer(signal.ITIMER_REAL, 0)
print(\"ok\" if len(done) == 4 and ticks else (done, ticks))
" 2>&1')"
