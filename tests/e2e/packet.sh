# Packet sockets: arping between two namespaces, a sniffer and a sender in Python, and what is refused.
. "$(dirname "$0")/_lib.sh"
need ip arping ping python3

world() { rm -f seen; timeout 60 "$LINNET" run -- bash -c '. "$E2E/_pair.sh"; '"$1" 2>&1; }

contains "arping gets its answers" "Received 2 response(s)" "$(world 'arping -c 2 -I v0 10.0.0.2')"
contains "nobody answers for another" "Received 0 response(s)" "$(world 'arping -c 1 -w 1 -I v0 10.0.0.9')"
contains "duplicate address detection finds" "Received 1 response(s)" "$(world 'arping -D -c 1 -I v0 10.0.0.2')"

same "a sniffer sees a ping both ways" "4 0800 0800" "$(world '
  python3 -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((\"v0\", 3)); s.settimeout(10)
print(flush=True)
out = back = None
while not (out and back):
    data, (dev, proto, kind, hatype, mac) = s.recvfrom(2000)
    if proto != 0x800: continue
    if kind == 4: out = \"%d %04x\" % (kind, proto)
    elif kind == 0: back = \"%04x\" % proto
print(out, back)
" >seen & 
  while [ ! -s seen ]; do sleep 0.05; done
  ping -c 1 10.0.0.2 >/dev/null; wait; cat seen' | xargs)"

same "a frame from Python arrives there" "b'hello' 2" "$(world '
  ip netns exec b python3 -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x88b5)); s.settimeout(10)
print(flush=True)
data, addr = s.recvfrom(100)
print(data, len(addr[4]) // 3)
" >seen &
  while [ ! -s seen ]; do sleep 0.05; done
  python3 -c "
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
s.sendto(b\"hello\", (\"v0\", 0x88b5, 0, 0, b\"\\xff\" * 6))
"
  wait; cat seen' | xargs -0 echo | tr -d '\n' | sed 's/ *$//')"

same "a filter, and a device that goes down" "ok 100" "$(world '
  python3 -c "
import ctypes, os, socket, struct
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
code = struct.pack(\"HBBIHBBIHBBIHBBI\", 0x28, 0, 0, 12, 0x15, 0, 1, 0x88b5, 0x6, 0, 0, 0xffff, 0x6, 0, 0, 0)
b = ctypes.create_string_buffer(code)
s.setsockopt(socket.SOL_SOCKET, 26, struct.pack(\"HL\", 4, ctypes.addressof(b)))
s.bind((\"v0\", 3)); s.settimeout(10)
os.system(\"ping -c 1 10.0.0.2 >/dev/null\")
t = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
t.sendto(b\"\\xff\" * 6 + b\"\\x02\" * 6 + b\"\\x88\\xb5\", (\"v0\", 0))
assert s.recv(100)[12:14] == b\"\\x88\\xb5\"
os.system(\"ip link set v0 down\")
try: s.recv(100)
except OSError as e: print(\"ok\", e.errno)
"')"
