# netstat of net-tools: routes, devices, groups, counters, listening sockets.
exec 2>&1
for n in a b; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns a address 02:00:00:00:00:0a type veth peer name e0 netns b address 02:00:00:00:00:0b
ip -n a addr add 10.0.0.1/24 dev e0; ip -n b addr add 10.0.0.2/24 dev e0; ip -n a link set e0 up; ip -n b link set e0 up
ip -n a route add default via 10.0.0.2; ip -n b route add unreachable 10.3.0.0/16; for n in a b; do ip netns exec $n sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0; done; ip netns exec b sysctl -qw net.ipv4.ip_forward=1
a() { ip netns exec a "$@"; }
a ping -qc2 10.0.0.2 | grep -o "[0-9] received"; a ping -qc1 -s 3000 10.0.0.2 | grep -o "[0-9] received"; a ping -c1 10.3.0.1 | grep From
cat >talk.py <<'P'
import socket, time
l = socket.socket(); l.bind(("127.0.0.1", 7000)); l.listen(3)
u = socket.socket(2, 2); u.bind(("10.0.0.1", 7001))
c = socket.socket(); c.bind(("127.0.0.1", 7002)); c.connect(("127.0.0.1", 7000)); d = l.accept()[0]
c.send(b"hello"); d.recv(5)
v = socket.socket(2, 2); v.connect(("127.0.0.1", 9)); v.send(b"x"); time.sleep(0.05); v.close()
g = socket.socket(2, 2); g.setsockopt(0, 35, socket.inet_aton("224.0.0.5") + socket.inet_aton("10.0.0.1"))
r = socket.socket(2, 3, 89)
print("ready", flush=True); time.sleep(600)
P
a python3 talk.py >ready & for _ in $(seq 200); do [ -s ready ] && break; sleep 0.05; done
while read -r line; do echo "# $line"; eval "$line"; done <<'L'
a netstat -rn; a netstat -in | awk '{ print $1, $2, $4, $5, $6, $8, $9, $10, $11 }'; a netstat -gn; a netstat -tn | sort; a netstat -tuwln; a netstat -tuwna | sort; a netstat -tnao | sed 's/(\([^)]*\))$/(N)/' | sort; a netstat -sw | grep -v Mcast; a netstat -su | grep -v Mcast; a netstat -st | head -17
a netstat -tnl --numeric-ports -e | awk '{ print $1, $4, $6, $7 }'
a cat /proc/net/raw | sed 's/^ *[0-9]*://; s/ [0-9]* 2 [0-9a-f]* / INODE 2 P /'
ip netns exec b netstat -s | grep -E "forwarded|unreachable|echo"
L
ip netns pids a | xargs kill; wait 2>/dev/null
