# Netlink sockets, each as ss -f netlink shows it.
exec 2>&1
python3 - <<'P'
import os, re, socket, struct, subprocess
os.closerange(3, 256)
RULES = [(r"pid=\d+", "pid=P"), (r"ino:[1-9]\d*", "ino:I"), (r"sk:[0-9a-f]+", "sk:C"), (r"/%d\b" % os.getpid(), "/P"), (r" +", " "),
         (r"ss/\d+", "ss/S"), (r"^UNCONN \d+ (.*tcpdiag:(ss/S|kernel))", r"UNCONN N \1")]
def ss(args):
    text = subprocess.run("ss " + args, shell=True, capture_output=True, text=True).stdout.replace("\n\t", " ")
    lines = []
    for line in text.splitlines():
        for a, b in RULES: line = re.sub(a, b, line)
        if not re.search("(audit|fiblookup|uevent|selinux|connector|iscsi|scsitrans|ecryptfs|crypto|nft|xfrm|\\d+):kernel", line): lines.append(line.rstrip())
    print("--", args, *sorted(lines), sep="\n", flush=True)
def nl(protocol, pid=0, groups=0):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
    s.bind((pid, groups))
    return s
a = nl(0, 5000001, 1)
b = nl(0, 5000002, 0x40)
c = nl(16, 5000003)
d = nl(4, 5000004)
unbound = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
ss("-f netlink -a"); ss("-f netlink -an src :5000001"); ss("-f netlink -n src rtnl:5000002"); ss("-f netlink -a src genl")
ss("-f netlink -amn src rtnl")

def diag(protocol, show, flags=0x300):
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
    s.send(struct.pack("IHHIIBBHIIII", 32 + 4, 20, 1 | flags, 1, 0, 16, protocol, 0, 0, show, 0, 0) )
    found = []
    while True:
        data = s.recv(65536); at = 0
        while at < len(data):
            length, kind, fl, seq, pid = struct.unpack_from("IHHII", data, at)
            if kind == 3: return print("done", struct.unpack_from("i", data, at + 16)[0], sorted(found))
            if kind == 2: return print("error", struct.unpack_from("i", data, at + 16)[0])
            fam, typ, proto, state, port, dport, dgroup = struct.unpack_from("BBBBIII", data, at + 16)
            attrs, p = [], at + 16 + 28
            while p < at + length:
                al, at_ = struct.unpack_from("HH", data, p); attrs.append((at_, al)); p += al + 3 & ~3
            if proto in (0, 4, 16): found.append((proto, typ, state, port if 5000000 < port < 5000010 else bool(port), dport, dgroup, attrs))
            at += length + 3 & ~3
diag(0, 0); diag(0, 7); diag(255, 2); diag(16, 5); diag(31, 0); diag(40, 0); diag(0, 0, 0); diag(0, 0, 0x100)
a.connect((7, 0)); b.setsockopt(270, 3, 1); b.setsockopt(270, 5, 1); b.setsockopt(270, 10, 1)
diag(0, 5)
subprocess.run("awk '$3 > 5000000 && $3 < 5000010 {print $2, $3, $4, $5, $6, $7, $8, $9}' /proc/net/netlink | sort", shell=True)
P
