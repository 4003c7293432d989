# What TCP hands down at once: large packets over veth as tcpdump sees them, cut ones with `ethtool -K tso off`, joined ones
# with `gro on` at the other end, smaller ones by gso_max_size; what ss and the counters make of them.
for n in a b; do
  ip netns add $n; ip -n $n link set lo up
  ip netns exec $n sysctl -qw net.ipv4.tcp_congestion_control=reno net.ipv4.tcp_timestamps=0 net.ipv4.tcp_tso_rtt_log=20 net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304"
done
ip link add a0 netns a address 02:00:00:00:01:01 type veth peer name b0 netns b address 02:00:00:00:01:02
ip -n a addr add 10.0.1.1/24 dev a0; ip -n b addr add 10.0.1.2/24 dev b0
ip -n a link set a0 up; ip -n b link set b0 up
ip -n a route change 10.0.1.0/24 dev a0 initcwnd 100  # so that it does not matter how acks are told together
ip -n a neigh replace 10.0.1.2 lladdr 02:00:00:00:01:02 dev a0 nud permanent
ip -n b neigh replace 10.0.1.1 lladdr 02:00:00:00:01:01 dev b0 nud permanent
d=$(mktemp -d); cd $d
cat >server.py <<'P'
import socket, sys
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("10.0.1.2", int(sys.argv[1]))); s.listen(1)
c = s.accept()[0]
while c.recv(1 << 20): pass
P
cat >client.py <<'P'
import fcntl, socket, struct, subprocess, sys, re, time
port = int(sys.argv[1])
s = socket.socket(); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1); s.bind(("10.0.1.1", port)); s.connect(("10.0.1.2", port))
for n in map(int, sys.argv[2:]):
    s.sendall(b"x" * n)
    while struct.unpack("i", fcntl.ioctl(s, 0x5411, b"    "))[0]: time.sleep(0.02)  # SIOCOUTQ
    time.sleep(0.1)
out = subprocess.run(["ss", "-tinHm", "sport", "=", str(port)], capture_output=True, text=True).stdout
print(*re.findall(r"(?:mss:\d+|advmss:\d+|bytes_sent:\d+|segs_out:\d+|data_segs_out:\d+|wscale:\S+)", out), flush=True)
P
transfer() {  # PORT SIZE...
  ip netns exec b python3 server.py $1 & local s=$!
  until ip netns exec b ss -tlnH sport = :$1 | grep -q .; do sleep 0.05; done
  for n in a b; do ip netns exec $n tcpdump -Z root --immediate-mode -U -s 100 -i ${n}0 -w $n.cap tcp 2>$n.err & eval t$n=$!; done
  until grep -qs listening a.err && grep -qs listening b.err; do sleep 0.05; done
  ip netns exec a python3 client.py "$@"
  wait $s; sleep 0.2
  kill $ta $tb; wait $ta $tb
  for n in a b; do
    echo "-- at ${n}0"
    tcpdump -nnn -t -r $n.cap src 10.0.1.1 2>/dev/null | sed -n 's/.*Flags \(\[[^]]*\]\), \(.*length [0-9]*\).*/\1 \2/; s/, ack [0-9]*//; s/seq [0-9]*,/seq N,/p; s/options .*, //; /length [1-9]/p' | grep -v "seq N"
  done
}
echo == whole; transfer 6001 1000 5000 20000 60000
echo == cut by the sender; ip netns exec a ethtool -K a0 tso off; transfer 6002 5000 20000
echo == joined by the receiver; ip netns exec b ethtool -K b0 gro on; transfer 6003 5000 20000
ip netns exec a ethtool -K a0 tso on
echo == gso_max_size; ip -n a link set a0 gso_max_size 10000; transfer 6004 20000 60000
ip -n a -d link show a0 | grep -o "gso_max_size [0-9]*"
ip -n a link set a0 gso_max_size 65536 gso_max_segs 4
echo == gso_max_segs; transfer 6005 20000 60000
ip netns exec a nstat -asz | grep -E "^Tcp(OutSegs|RetransSegs)|^TcpExt(TCPOrigDataSent|TCPDelivered )" | sed "s/ *[^ ]*$//"
