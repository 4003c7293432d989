# Who has a socket: ss -p finds the inode that the kernel tells among processes' descriptors, and so do others.
exec 2>&1
ip link set lo up
ip link add d0 address 02:00:00:00:00:01 type dummy
ip link set d0 up
cat >server.py <<'P'
import os, re, socket, subprocess, sys
os.closerange(3, 256)
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); l.bind(("127.0.0.1", 5000)); l.listen()
c = socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", 6000)); a, _ = l.accept()
late = socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", 6001))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 5000))
r = socket.socket(socket.AF_INET, socket.SOCK_RAW, 89)
p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
n = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0); n.bind((4321, 0))
child = subprocess.Popen(["sleep", "20"], pass_fds=[u.fileno()])
me = str(os.getpid())
def run(cmd):
    print("--", cmd)
    text = subprocess.run(cmd, shell=True, capture_output=True, text=True).stdout
    for line in sorted(text.splitlines()):
        line = re.sub(r"pid=%d\b" % child.pid, "pid=CHILD", re.sub(r"pid=%s\b" % me, "pid=ME", line))
        line = re.sub(r"\b%s/" % me, "ME/", re.sub(r"\b%d/" % child.pid, "CHILD/", line))
        print(" ".join(line.split()), flush=True)
for o in ("-Htlnp", "-Htnp", "-Huanp", "-Hwanp", "-H0np", "-H -f netlink -anp src :4321"): run("ss " + o)
run("netstat -tulnpw 2>/dev/null | tail -n +3"); run("netstat -tnp 2>/dev/null| tail -n +3")
def inode(s): return re.search(r"\d+", os.readlink("/proc/self/fd/%d" % s.fileno()))[0]
def columns(file, column): return [l.split()[column] for l in open("/proc/net/" + file).readlines()[1:]]
for file, column, sock in (("tcp", 9, l), ("tcp", 9, c), ("tcp", 9, a), ("udp", 9, u), ("raw", 9, r), ("packet", 8, p), ("netlink", 9, n)):
    print(file, inode(sock) in columns(file, column), os.fstat(sock.fileno()).st_ino == int(inode(sock)))
print("not accepted", sorted(columns("tcp", 9)).count("0"))
c.close(); late.close()
print("closed", inode(a) in columns("tcp", 9))
child.kill()
P
python3 server.py
