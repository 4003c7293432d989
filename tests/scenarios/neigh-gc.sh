# gc_thresh3 (1024): a table full of fresh entries refuses more, and senders are told; permanent ones and those of a
# control plane don't count; what nobody has confirmed for five seconds makes room.
exec 2>&1
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/8 dev d0
fill() {  # PREFIX COUNT WORDS...
  local prefix=$1 count=$2
  shift 2
  for i in $(seq 0 $((count - 1))); do
    echo "neigh add $prefix.$((i / 250)).$((i % 250)) dev d0 lladdr 02:00:00:00:00:05 $*"
  done >/tmp/fill.$$
  ip -force -batch /tmp/fill.$$ >/tmp/fill.out.$$ 2>&1
  grep -v '^Command failed' /tmp/fill.out.$$ | sort | uniq -c | awk '{$1 = ($1 > 30 ? "many" : "some"); print}'
  rm -f /tmp/fill.$$ /tmp/fill.out.$$
}
count() { echo "$(ip neigh show nud "$1" | wc -l) $1"; }
echo "== permanent and external ones"
fill 10.1 600 nud permanent
fill 10.2 600 nud stale extern_learn
count permanent
count stale
ip neigh flush all nud all
echo "== reachable ones, which are in use"
fill 10.3 1100 nud reachable
[ "$(ip neigh show nud reachable | wc -l)" -le 1024 ] && echo "no more than gc_thresh3"
[ "$(ip neigh show nud reachable | wc -l)" -ge 1000 ] && echo "but about as many"
sysctl -qw net.ipv4.ping_group_range="0 2147483647"
python3 - <<'PY'
import errno, socket, struct
for kind, proto, data in ((socket.SOCK_DGRAM, 0, b"x"), (socket.SOCK_RAW, 200, b"x"), (socket.SOCK_RAW, 1, b"\x08\0\0\0\0\0\0\0"), (socket.SOCK_DGRAM, 1, b"\x08\0\0\0\0\0\0\0")):
    for recverr in (0, 1):
        s = socket.socket(socket.AF_INET, kind, proto)
        s.setsockopt(socket.IPPROTO_IP, 11, recverr)
        try: print(kind.name, proto, recverr, "sent", s.sendto(data, ("10.77.0.1", 9)))
        except OSError as e: print(kind.name, proto, recverr, errno.errorcode[e.errno])
PY
ip neigh get 10.77.0.1 dev d0
ip neigh add 10.78.0.1 lladdr 02:00:00:00:00:05 nud permanent dev d0 && echo "a permanent one has room"
echo "== stale ones, six seconds later"
ip neigh flush all nud all
fill 10.4 800 nud stale
sleep 6
ip neigh add 10.77.0.3 lladdr 02:00:00:00:00:05 nud stale dev d0 && echo "there is room"
[ "$(ip neigh show nud stale | wc -l)" -lt 600 ] && echo "down to gc_thresh2"
