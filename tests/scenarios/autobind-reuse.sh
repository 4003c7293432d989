# ip_autobind_reuse: whether sockets with SO_REUSEADDR that ask for any port get one that others of their kind hold, once no other
# is left; and which ports such sockets try first.
exec 2>&1
ip link set lo up
cat >p.py <<'P'
import errno, socket
def set(n, v):
    with open("/proc/sys/net/ipv4/" + n, "w") as f: f.write(v)
def take(address="127.0.0.1", reuse=1, reuseport=0):
    s = socket.socket(); s.setsockopt(1, 2, reuse); s.setsockopt(1, 15, reuseport)
    try: s.bind((address, 0))
    except OSError as e: s.close(); return errno.errorcode[e.errno]
    held.append(s); return s.getsockname()[1]
def drop():
    for s in held: s.close()
    held.clear()
held = []
def kinds(n): return sorted(take() for i in range(n))
def where(p): return p if isinstance(p, str) else "the first half" if p < 40004 else "the second half"
set("ip_local_port_range", "40000 40009")
for v in "01":
    set("ip_autobind_reuse", v); print("# ip_autobind_reuse", v)
    print("the first four", kinds(4)); print("the other six", kinds(6))
    print("one more with SO_REUSEADDR:", where(take()), "without:", take(reuse=0), "of another address:", where(take("127.0.0.2")), "of any:", where(take("0.0.0.0")))
    print("twenty more", [where(take()) for i in range(20)].count("the first half"))
    print("and twenty with SO_REUSEPORT", [where(take(reuseport=1)) for i in range(20)].count("the first half")); drop()
    print("both options"); print([where(take(reuseport=1)) for i in range(12)]); drop()
    print("SO_REUSEPORT alone"); print(sorted(str(take(reuse=0, reuseport=1)) for i in range(11))); drop()
    print("without options"); print(sorted(str(take(reuse=0)) for i in range(11)), where(take())); drop()
    kinds(10); [s.listen(1) for s in held]; print("all listen:", where(take()), where(take("127.0.0.2"))); drop()
    kinds(10); [s.listen(1) for s in held if s.getsockname()[1] != 40001]; print("but one:", take()); drop()
    set("ip_local_reserved_ports", "40001"); kinds(9); print("one is reserved:", where(take()), 40001 in [s.getsockname()[1] for s in held]); drop(); set("ip_local_reserved_ports", "\n")
    set("ip_local_port_range", "40000 40002"); print("three ports", sorted(str(take()) for i in range(4))); drop(); set("ip_local_port_range", "40000 40009")
P
python3 p.py
