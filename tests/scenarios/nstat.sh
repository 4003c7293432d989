# nstat: what has changed since it was asked last, all names with -z, history or none; lnstat on what is in /proc/net/stat.
exec 2>&1
ip link set lo up
export NSTAT_HISTORY=$PWD/history
nstat -n
ping -q -c 2 127.0.0.1 >/dev/null
python3 -c '
import socket
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(("127.0.0.1", 7000))
u.sendto(b"x", ("127.0.0.1", 7000)); u.recv(9)
try: u.sendto(b"x", ("127.0.0.1", 7001)); u.recv(9, socket.MSG_DONTWAIT)
except OSError: pass
l = socket.socket(); l.setsockopt(1, 2, 1); l.bind(("127.0.0.1", 5000)); l.listen()
c = socket.create_connection(("127.0.0.1", 5000)); a, _ = l.accept()
c.send(b"hello"); a.recv(9)
c.close(); a.close()'
show() { awk '!/^#/ {print $1, $2}' | grep -vE 'DelayedACK|TCPHPAcks|TCPPureAcks|TCPHPHits|TCPAutoCorking|OrigDataSent|Octets|TcpExtTCPDelivered|NoECTPkts|TCPRcvCoalesce'; }
echo "- since then"; nstat | show
echo "- again"; nstat | show
echo "- of all time"; nstat -a -s | grep -E '^(Icmp|Udp)' | show
echo "- without history"; nstat -r -s | grep -E '^(IcmpIn|UdpIn)' | show
echo "- names"; nstat -az | awk '!/^#/ {print $1}' | grep -vE '^(Ip6|Udp6|UdpLite6|Icmp6|MPTcp)' | sort | tr '\n' ' '
echo; echo "- some"; nstat -az 'UdpIn*' TcpActiveOpens | awk '!/^#/ {print $1}'
echo "- as JSON"; nstat -j -as UdpNoPorts
echo "- lnstat"; lnstat -d -f rt_cache; lnstat -f rt_cache -c 1 -k rt_cache:in_martian_src,rt_cache:gc_total
