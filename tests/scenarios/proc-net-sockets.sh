# The files of sockets in /proc/net: titles, columns, inodes and owners, who looks on at devices.
exec 2>&1
ip link set lo up
ip link add d0 address 02:00:00:00:00:01 type dummy
ip link set d0 up
python3 - <<'P'
import os, re, socket, subprocess
os.closerange(3, 256)
def cat(name, keep=lambda l: True):
    print("-", name)
    title, *lines = open("/proc/net/" + name).read().splitlines() or [""]
    print(title.rstrip())
    def plain(l):
        l = re.sub(r"^ *\d+:", "N:", l)                       # the hash bucket
        l = re.sub(r"\b[0-9a-f]{16}\b", "ADDRESS", l)
        for s in own: l = re.sub(r"\b%d\b" % os.fstat(s.fileno()).st_ino, "inode of %d" % s.fileno(), l)
        return " ".join(l.split())
    for l in sorted(map(plain, lines)): print(l, flush=True)
own = []
def keep(s): own.append(s); return s
for n in ("tcp", "udp", "udplite", "raw", "icmp", "packet"): cat(n)
l = keep(socket.socket()); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", 5000)); l.listen(3)
c = keep(socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", 6000))); a = keep(l.accept()[0])
u = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)); u.bind(("127.0.0.1", 7000))
k = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)); k.bind(("0.0.0.0", 7001)); k.connect(("127.0.0.1", 7000))
v = keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136)); v.bind(("127.0.0.1", 7000))
r = keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)); q = keep(socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)); q.bind(("127.0.0.1", 0))
p = keep(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)); d = keep(socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x88b5))); d.bind(("d0", 0x88b5))
for n in ("udp", "udplite", "raw", "packet"): cat(n)
print("- tcp")
for line in sorted(open("/proc/net/tcp").readlines()[1:], key=lambda l: l.split()[1:]):
    f = line.split()
    print(f[1], f[2], f[3], f[4], f[5][:2], f[6], f[7], f[8], [s.fileno() for s in own if os.fstat(s.fileno()).st_ino == int(f[9])], len(f))
P
echo "- ptype"; cat /proc/net/ptype
echo "- dev_mcast"; cat /proc/net/dev_mcast
echo "- softnet_stat"; awk '{print NF}' /proc/net/softnet_stat | sort -u
