# ip_dynaddr: a SYN whose source address is gone goes again from another, unless the program chose the address.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a link set e0 up; ip -n b link set e0 up
cat >p.py <<'P'
import ctypes, errno, select, socket, struct, subprocess, time
def enter(name):
    with open("/run/netns/" + name) as f: ctypes.CDLL(None).setns(f.fileno(), 0x40000000)
def ip(words): subprocess.run(["ip", *words.split()], check=True)
def set(n, v):
    with open("/proc/sys/net/ipv4/" + n, "w") as f: f.write(str(v))
enter("b"); seen = socket.socket(17, 2, socket.htons(0x800)); seen.bind(("e0", 0x800)); enter("a")
def drain():
    seen.setblocking(False)
    try:
        while seen.recv(2000): pass
    except BlockingIOError: pass
def syn(seconds):
    end = time.time() + seconds
    while (left := end - time.time()) > 0:
        seen.settimeout(left)
        try: f = seen.recv(2000)
        except TimeoutError: break
        if f[9] == 6 and f[33] & 2: return socket.inet_ntoa(f[12:16]), struct.unpack("!HHI", f[20:28])
    return None, None
def ss(): return subprocess.run("ss -Htna | awk '{print $1, $4, $5}' | sed 's/:[0-9]* / /'", shell=True, capture_output=True, text=True).stdout.strip()
hop = "neigh replace 10.0.0.2 lladdr 02:00:00:00:00:0b dev e0"
def case(name, dynaddr, bound=None, other="10.1.0.1/24", answer=False):
    ip("addr flush dev e0"); ip("addr add 10.0.0.1/24 dev e0"); ip(hop); ip("route replace 10.0.0.2 dev e0"); set("ip_dynaddr", dynaddr); drain()
    s = socket.socket(); s.setblocking(False)
    if bound: s.bind((bound, 0))
    s.connect_ex(("10.0.0.2", 80)); first, numbers = syn(2)
    if other: ip("addr add %s dev e0" % other)
    ip("addr del 10.0.0.1/24 dev e0")
    if other: ip("route replace 10.0.0.2 dev e0")
    drain(); second, again = syn(2.5)
    print("# %s, ip_dynaddr %d: first from %s, then from %s, the same numbers: %s, it says %s, SO_ERROR %d, ss: %s" % (name, dynaddr, first, second, numbers == again, s.getsockname()[0], s.getsockopt(1, 4), ss())); s.close()
for v in (0, 1, 2): case("another address comes", v)
case("no other", 1, other=None); case("bound to it", 1, bound="10.0.0.1"); case("bound to any", 1, bound="0.0.0.0")
P
python3 p.py
