# A connection's life on the wire: handshake, request and answer, close from either side, a refused port, counters.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/tcp_hosts.sh"
d=$(mktemp -d); cd $d
ip netns exec b tcpdump -Z root --immediate-mode -U -i b0 -w cap tcp 2>err & t=$!
until grep -qs listening err; do sleep 0.1; done
ip netns exec b socat -t 5 TCP-LISTEN:5000,reuseaddr,bind=10.0.1.2 SYSTEM:'read x; sleep 0.3; echo got $x' & s=$!
until ip netns exec b grep -q :1388 /proc/net/tcp; do sleep 0.1; done
echo hello | ip netns exec a socat -t 3 - TCP:10.0.1.2:5000,sourceport=40000
wait $s
ip netns exec a socat -u /dev/null TCP:10.0.1.2:5001,sourceport=40001 2>&1 | sed 's/.*socat/socat/; s/\[[0-9]*\]//; s/connect([0-9]*/connect(N/'
sleep 0.5
kill $t; wait $t
tcpdump -nnn -t -r cap 2>/dev/null | sed 's/, seq [0-9]*,/, seq N,/; s/Flags .R.., seq N, ack [0-9]*,/Flags [R.], seq N, ack N,/; s/\(Flags .S.*ack\) [0-9]*,/\1 N,/'
for n in a b; do echo == $n; ip netns exec $n nstat -asz | grep -E "^Tcp(ActiveOpens|PassiveOpens|AttemptFails|EstabResets|CurrEstab|InSegs|OutSegs|RetransSegs|OutRsts|InErrs)|^TcpExt(TW|Delayed|TCPPureAcks|TCPOrigDataSent|TCPDelivered|Listen)"; done
