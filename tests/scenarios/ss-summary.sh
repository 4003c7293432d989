# How many there are of each kind: ss -s, /proc/net/sockstat, /proc/net/protocols.
exec 2>&1
ip link set lo up
show() { echo "- $1"; ss -s; cat /proc/net/sockstat; awk '{print $1, $3}' /proc/net/protocols | grep -E '^(protocol|PACKET|UDP|UDP-Lite|PING|RAW|TCP) '; }
export -f show
show nothing
sysctl -qw net.ipv4.ping_group_range='0 0'
python3 - <<'P'
import socket, subprocess
def show(what): subprocess.run(["bash", "-c", "show '%s'" % what])
l = socket.socket(); l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
show("one that is not bound")
l.bind(("127.0.0.1", 5000)); l.listen(5)
pairs = []
for port in range(6000, 6003):
    pairs.append((socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", port)), l.accept()[0]))
waits = socket.create_connection(("127.0.0.1", 5000), source_address=("127.0.0.1", 6009))
keep = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
keep[0].bind(("127.0.0.1", 7000)); keep[1].connect(("127.0.0.1", 7000))
keep += [socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 136), socket.socket(socket.AF_INET, socket.SOCK_DGRAM, 1), socket.socket(socket.AF_INET, socket.SOCK_RAW, 1),
         socket.socket(socket.AF_INET, socket.SOCK_RAW, 2), socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)]
keep[3].bind(("127.0.0.1", 7001))
show("some of each")
pairs[0][0].close(); pairs[0][1].close(); pairs[1][0].close()
show("one left, one half closed")
pairs.clear(); keep.clear(); l.close(); waits.close()
show("all closed")
P
