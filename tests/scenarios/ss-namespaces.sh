# Sockets are seen in their own namespace only, also by ss -N.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip netns exec a python3 -c '
import socket, time
s = socket.socket(); s.setsockopt(1, 2, 1); s.bind(("127.0.0.1", 5000)); s.listen()
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 5001))
p = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
time.sleep(30)' &
owner=$!
for _ in $(seq 200); do ip netns exec a ss -Huan | grep -q 5001 && break; sleep 0.02; done
for n in a b; do
  echo "- $n"
  ip netns exec $n ss -tuan; ip netns exec $n ss -0an
  ss -N $n -tuan
done
echo "- here"
ss -tuan
ss -N nowhere -tan
kill $owner
wait 2>/dev/null
ip netns exec a ss -Htuan
