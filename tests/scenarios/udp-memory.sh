# What waits in UDP's sockets: charged to their buffers as it comes, given back by the reader a quarter of the buffer at a time
# or when he has read what he took over; and all of them together against udp_mem.
# oracle: -i
exec 2>&1
ip link set lo up
sysctl net.ipv4.udp_rmem_min net.ipv4.udp_wmem_min
cat >memory.py <<'P'
import socket, struct, subprocess, time


def udp(port=0, buf=None):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.setblocking(False)
    if buf: s.setsockopt(1, 33, buf)
    s.bind(("127.0.0.1", port))
    return s


def memory(s):
    m = struct.unpack("9I", s.getsockopt(1, 55, 36))
    return "rmem %d forward %d drops %d" % (m[0], m[4], m[8])


def queue(s):
    for l in open("/proc/net/udp"):
        f = l.split()
        if f[1] == "0100007F:%04X" % s.getsockname()[1]: return "queue %d drops %s" % (int(f[4][9:], 16), f[-1])


def counters():
    a, b = [l.split() for l in open("/proc/net/snmp") if l.startswith("Udp:")]
    return " ".join("%s %s" % x for x in zip(a, b) if x[0] in ("InErrors", "RcvbufErrors", "MemErrors", "InDatagrams"))


def sockstat():
    return next(l.split("mem")[1].strip() for l in open("/proc/net/sockstat") if l.startswith("UDP:"))


def fill(s, n, size=1000):
    for _ in range(n): t.sendto(b"x" * size, s.getsockname())
    time.sleep(0.01)


def take(s, n=1):
    for _ in range(n):
        try:
            s.recv(10)
        except BlockingIOError:
            return


def ss(s):
    print(subprocess.run(["ss", "-uanmH", "sport = :%d" % s.getsockname()[1]], capture_output=True, text=True).stdout.split("skmem:")[1].strip())


t = udp(6999)
r = udp(7000)
print("- filled and read"); print(memory(r))
for _ in range(6): fill(r, 1); print(memory(r), queue(r))
ss(r)
for _ in range(6): take(r); print(memory(r), queue(r))
print("- one read, one more comes"); fill(r, 3); take(r); print(memory(r), queue(r)); fill(r, 1); print(memory(r), queue(r))
take(r, 2); print(memory(r), queue(r)); take(r); print(memory(r), queue(r))
print("- looked at first"); fill(r, 3); r.recv(10, socket.MSG_PEEK); fill(r, 1); take(r, 3); print(memory(r)); take(r); print(memory(r))
print("- a small buffer"); b = udp(7001, 4000); print(b.getsockopt(1, 8))
for _ in range(6): fill(b, 1); print(memory(b), queue(b))
for _ in range(4): take(b); print(memory(b), queue(b))
print(counters()); b.close(); time.sleep(0.2)
print("- a small buffer, in pages")
for sizes in [100] * 9, [500, 500, 500, 130, 140, 148, 149, 150, 160]:
    b = udp(7001, 4000)
    for n in sizes: t.sendmsg([b"x" * n], [(17, 103, struct.pack("H", 1000))], 0, b.getsockname()); time.sleep(0.01); print(n, memory(b))
    b.close(); time.sleep(0.2)
print("- much", sockstat()); big = udp(7002, 8 << 20)
for _ in range(8): fill(big, 100); print(memory(big), queue(big), "all", sockstat())
for _ in range(8): take(big, 100); print(memory(big), queue(big), "all", sockstat())
print("- udp_mem"); print(open("/proc/sys/net/ipv4/udp_mem").read().split()[0] != "0")
open("/proc/sys/net/ipv4/udp_mem", "w").write("100 200 300"); print(open("/proc/sys/net/ipv4/udp_mem").read().split())
fill(big, 100); print(memory(big), queue(big), "all", sockstat()); print(counters())
c = udp(7004, 8 << 20); fill(c, 1, 100); print(memory(c)); fill(c, 9, 100); print(memory(c)); print(counters())
print("- udp_rmem_min"); open("/proc/sys/net/ipv4/udp_rmem_min", "w").write("20000")
fill(c, 60, 100); print(memory(c)); d = udp(7005, 8 << 20); fill(d, 40); print(memory(d), "all", sockstat())
open("/proc/sys/net/ipv4/udp_mem", "w").write("100 200 200"); fill(d, 1); e = udp(7006); fill(e, 1); print(memory(d)); print(memory(e)); print(counters())
open("/proc/sys/net/ipv4/udp_mem", "w").write("1000 1000 1000"); fill(e, 3); print(memory(e))
big.close(); d.close(); time.sleep(0.2); print("all", sockstat())
g = udp(7007, 8 << 20); fill(g, 3000); print("all", sockstat()); g.close(); time.sleep(0.2); print("all", sockstat()); print(counters())
P
python3 -u memory.py
nstat -asz 'Udp*' | sed 's/ *[^ ]*$//' | grep -E 'UdpLite|Mem'
