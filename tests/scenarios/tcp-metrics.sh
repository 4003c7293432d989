# What TCP remembers of a host: from a connection that ends, from a route, forgotten by request.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_strangers.sh"
ip netns exec b python3 -c '
import socket
s = socket.socket()
s.setsockopt(1, 2, 1)
s.bind(("", 5000))
s.listen(5)
for i in range(4):
    c, _ = s.accept()
    c.sendall(b"x" * 100)
    c.recv(10)
    c.close()' &
until ip netns exec b ss -Htln | grep -q 5000; do sleep 0.1; done
visit() {
  ip netns exec a python3 -c '
import socket
s = socket.socket()
s.connect(("10.0.0.2", 5000))
n = 0
while n < 100: n += len(s.recv(4000))
s.sendall(b"bye")
s.recv(1)
s.close()'
  sleep 0.1
}
# Times differ from run to run, but not what there is.
show() { ip netns exec "$1" ip tcp_metrics show | sed -E 's/age [0-9.]+sec/age T/; s/(rtt|rttvar) [0-9]+us/\1 N/g'; }
echo "nothing yet:"; show a
ip netns exec a sysctl -w net.ipv4.tcp_no_metrics_save=1
visit
show a
ip netns exec a sysctl -w net.ipv4.tcp_no_metrics_save=0
visit
echo "a:"; show a
echo "b:"; show b
echo "a route says more, when the entry is made anew:"
ip -n a route replace 10.0.0.2/32 dev v0 rtt 200ms rttvar 20ms ssthresh 20 cwnd lock 7 reordering 12
show a
ip netns exec a ip tcp_metrics flush
show a
visit
show a
ip netns exec a ip tcp_metrics delete 10.0.0.3; echo $?
ip netns exec a ip tcp_metrics delete 10.0.0.2; echo $?
show a
echo "ssthresh too, when that is to be saved:"
ip netns exec a sysctl -w net.ipv4.tcp_no_ssthresh_metrics_save=0
ip -n a route replace 10.0.0.2/32 dev v0 ssthresh lock 20
visit
show a
wait
genl ctrl get name tcp_metrics | sed -E 's/ID: 0x[0-9a-f]+ /ID: N /'
