# Packet sockets with everything that ss -0 shows: rings, fanout, memberships, filters.
exec 2>&1
ip link add d0 address 02:00:00:00:00:01 type dummy
ip link set d0 up
python3 - <<'P'
import os, ctypes, re, socket, struct, subprocess
os.closerange(3, 256)
RULES = [(r"pid=\d+", "pid=P"), (r"ino:[1-9]\d*", "ino:I"), (r"sk:[0-9a-f]+", "sk:C"), (r",o\d+,", ",oN,"), (r" +", " ")]
def ss(args):
    text = subprocess.run("ss " + args, shell=True, capture_output=True, text=True).stdout.replace("\n\t", " ")
    for a, b in RULES: text = re.sub(a, b, text)
    print("--", args, *[line.rstrip() for line in text.splitlines()], sep="\n", flush=True)
SOL_PACKET = 263
def packet(type=socket.SOCK_RAW, protocol=0, dev=None):
    s = socket.socket(socket.AF_PACKET, type, socket.htons(protocol))
    if dev: s.bind((dev, protocol))
    return s
quiet = packet()
ip = packet(socket.SOCK_DGRAM, 0x0800)
arp = packet(socket.SOCK_RAW, 0x0806, "d0")
arp.setsockopt(SOL_PACKET, 1, struct.pack("iHH8s", 2, 1, 0, b""))             # promiscuous
arp.setsockopt(SOL_PACKET, 1, struct.pack("iHH8s", 2, 0, 6, b"\1\0\x5e\0\0\1\0\0"))  # a group
arp.setsockopt(SOL_PACKET, 1, struct.pack("iHH8s", 2, 2, 0, b""))             # all groups
arp.setsockopt(SOL_PACKET, 8, 1); arp.setsockopt(SOL_PACKET, 9, 1)            # auxdata, origdev
v1 = packet(socket.SOCK_RAW, 0x88b5, "d0")
v1.setsockopt(SOL_PACKET, 5, struct.pack("4I", 8192, 2, 2048, 8))
v2 = packet(socket.SOCK_RAW, 0x88b5, "d0")
v2.setsockopt(SOL_PACKET, 10, 1); v2.setsockopt(SOL_PACKET, 12, 16); v2.setsockopt(SOL_PACKET, 14, 1)
v2.setsockopt(SOL_PACKET, 5, struct.pack("4I", 8192, 2, 2048, 8)); v2.setsockopt(SOL_PACKET, 13, struct.pack("4I", 4096, 1, 1024, 4))
v3 = packet(socket.SOCK_RAW, 0x88b5, "d0")
v3.setsockopt(SOL_PACKET, 10, 2)
v3.setsockopt(SOL_PACKET, 5, struct.pack("7I", 8192, 2, 2048, 8, 60, 32, 1))
fan = [packet(socket.SOCK_RAW, 0x88b6, "d0") for _ in range(2)]
for f in fan: f.setsockopt(SOL_PACKET, 18, 77 | 1 << 16)
filtered = packet(socket.SOCK_RAW, 0x88b7, "d0")
prog = struct.pack("HBBI" * 3, 0x28, 0, 0, 12, 0x15, 0, 0, 0x88b7, 6, 0, 0, 65535)
buf = ctypes.create_string_buffer(prog)
filtered.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HxxxxxxQ", 3, ctypes.addressof(buf)))
ss("-0a"); ss("-0an"); ss("-0n"); ss("-0apne"); ss("-0ane --bpf"); ss("-0anm")
ss("-0an src :88b5") ; ss("-0an src *:d0"); ss("-0an src arp:d0")
subprocess.run("cut -c17-52 /proc/net/packet", shell=True)
P
