# Named namespaces as `ip netns` makes them, and how long a namespace lives.
. "$(dirname "$0")/_lib.sh"
need ip unshare nsenter python3

world() { timeout 60 "$LINNET" run -- "$@" 2>&1; }
world ip netns list >/dev/null || skip "no netlink in this build"

same "none at first" "" "$(world ip netns list)"
same "add and list" "blue red" "$(world sh -c 'ip netns add red; ip netns add blue; ls /run/netns' | sort | xargs)"
contains "adding it twice" "File exists" "$(world sh -c 'ip netns add red; ip netns add red')"
contains "deleting what is not there" "No such file" "$(world ip netns del red)"
contains "entering what is not there" "No such file" "$(world ip netns exec red true)"
same "a name is gone after del" "" "$(world sh -c 'ip netns add red; ip netns del red; ip netns list')"

same "exec enters and leaves" "differ same" "$(world sh -c '
  here=$(readlink /proc/self/ns/net); ip netns add red
  [ "$(ip netns exec red readlink /proc/self/ns/net)" = "$here" ] && echo same || echo differ
  [ "$(readlink /proc/self/ns/net)" = "$here" ] && echo same || echo differ' | xargs)"
same "the same by nsenter" "same" "$(world sh -c '
  ip netns add red; a=$(ip netns exec red readlink /proc/self/ns/net)
  [ "$(nsenter --net=/run/netns/red readlink /proc/self/ns/net)" = "$a" ] && echo same')"
same "children inherit" "same" "$(world unshare -n sh -c '
  a=$(readlink /proc/self/ns/net); b=$(sh -c "readlink /proc/self/ns/net; :"); [ "$a" = "$b" ] && echo same')"
same "identify" "red" "$(world sh -c 'ip netns add red; ip netns exec red ip netns identify')"
same "pids" "found" "$(world sh -c 'ip netns add red; ip netns exec red sleep 5 & sleep 0.3
  for p in $(ip netns pids red); do [ "$p" = $! ] && echo found; done; kill $!')"
same "exec in all" "2" "$(world sh -c 'ip netns add a; ip netns add b; ip -all netns exec echo here' | grep -c here)"
same "status files are unique" "2" "$(world sh -c 'ip netns add a; ip netns add b; stat -c %d:%i /run/netns/* | sort -u | wc -l')"
same "a mount namespace is no obstacle" "ok" "$(world unshare -nm echo ok)"
contains "a real mount is refused by name" "guests mount nothing" "$(world python3 -c '
import ctypes; ctypes.CDLL(None).mount(b"x", b"/mnt", b"tmpfs", 0, None)')"

# Devices go where a name or a process says, and with their namespace.
same "a device moves by name" "1 0" "$(world sh -c 'ip netns add red; ip link add v0 type veth peer name v1
  ip link set v1 netns red; ip -n red -o link show v1 | wc -l; ip -o link | grep -c v1:' | xargs)"
same "a device moves by process" "1" "$(world sh -c 'ip netns add red; ip netns exec red sleep 5 & sleep 0.3
  ip link add v0 type veth peer name v1; ip link set v1 netns $!; ip -n red -o link show v1 | wc -l; kill $!')"
contains "to a process that is none" "No such process" "$(world sh -c 'ip link add v0 type veth; ip link set v0 netns 4000000')"
same "a namespace's end takes its devices" "gone" "$(world sh -c 'ip netns add red
  ip link add v0 type veth peer name v1 netns red; ip netns del red; sleep 0.2
  ip link show v0 >/dev/null 2>&1 && echo there || echo gone')"

# Life: the private directory has a file for each living namespace.
cat >life.sh <<'S'
n() { sleep 0.1; echo "$1=$(ls "$TMPDIR"/linnet-*/ns | wc -l)"; }
n start
ip netns add a; n named
ip netns exec a sleep 2 & sleep 0.2
exec 5</run/netns/a; ip netns del a; n unnamed
exec 5<&-; n closed
wait; n ended
ip netns add b; exec 5</run/netns/b; ip netns del b; n held
exec 5<&-; n released
ip netns add c; ip netns exec c python3 -c '
import os, socket, time
s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
if os.fork() == 0: time.sleep(2)
'; ip netns del c; n child
sleep 2.5; n orphan
for i in 1 2 3 4 5; do unshare -n true; done; n unshared
S
same "life" "start=1 named=2 unnamed=2 closed=2 ended=1 held=2 released=1 child=2 orphan=1 unshared=1" \
  "$(world bash life.sh | xargs)"

# A thread of many enters a namespace alone.
cat >threads.py <<'S'
import ctypes, os, threading
libc = ctypes.CDLL(None, use_errno=True)
where = lambda: os.readlink("/proc/thread-self/ns/net")
home = where()
def wander():
    assert libc.unshare(0x40000000) == 0
    seen.append(where())
seen = []
t = threading.Thread(target=wander); t.start(); t.join()
print(seen[0] != home, where() == home)
S
same "a thread moves alone" "True True" "$(world python3 threads.py)"
