# Rules by protocol and port, for packets that arrive: forwarded, for this host, in the reverse-path check, asked about.
exec 2>&1
PS4="# "
for n in a b c; do ip netns add $n; done
i=0; for n in a b c; do i=$((i+1))
  ip link add e$n address 02:00:00:00:00:0$i type veth peer name e netns $n address 02:00:00:00:01:0$i
  ip link set e$n up; ip addr add 10.0.$i.1/24 dev e$n; ip -n $n link set e up; ip -n $n addr add 10.0.$i.2/24 dev e
  ip -n $n link set lo up; ip -n $n addr add 10.9.9.9/32 dev lo; ip -n $n route add default via 10.0.$i.1
done
ip -n a addr del 10.9.9.9/32 dev lo
sysctl -qw net.ipv4.ip_forward=1
ip route add 10.9.9.9 via 10.0.2.2; ip route add 10.9.9.9 via 10.0.3.2 table 100
cat >who.py <<'P'
import socket, select, subprocess, sys
def serve(n):
    return subprocess.Popen(["ip", "netns", "exec", n, "python3", "-c", """
import socket, select, sys
s = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(3)]
for x, port in zip(s, (53, 1000, 2000)): x.bind(("10.9.9.9", port))
print("ready", flush=True)
while select.select(s + [sys.stdin], [], [], 20)[0]:
    for x in select.select(s + [sys.stdin], [], [], 0)[0]:
        if x is sys.stdin: sys.exit()
        d, f = x.recvfrom(100); x.sendto(sys.argv[1].encode(), f)
""", n], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
servers = [serve(n) for n in "bc"]
for s in servers: s.stdout.readline()
for arg in sys.argv[1:]:
    sport, dport = map(int, arg.split(":"))
    print(arg, subprocess.run(["ip", "netns", "exec", "a", "python3", "-c", """
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(0.5)
s.bind(("10.0.1.2", int(sys.argv[1])))
try: s.sendto(b"x", ("10.9.9.9", int(sys.argv[2]))); print(s.recv(10).decode())
except OSError as e: print(type(e).__name__)
""", str(sport), str(dport)], capture_output=True, text=True).stdout.strip(), flush=True)
for s in servers: s.stdin.close(); s.wait()
P
set -x
python3 who.py 5000:53 5000:1000
ip rule add ipproto udp dport 53 table 100 pref 10
python3 who.py 5000:53 5000:1000
ip rule add sport 4000-4999 table 100 pref 11
python3 who.py 4000:1000 4999:2000 5000:1000
ip rule add not ipproto icmp dport 1000-1999 table 100 pref 12
python3 who.py 5000:1000 5000:2000
ip netns exec a ping -c1 -W1 10.9.9.9 | grep -o '[0-9] received'
ip rule add ipproto icmp blackhole pref 5; ip netns exec a ping -c1 -W0.3 10.9.9.9 | grep -o '[0-9] received'; ip netns exec a ping -c1 -W0.3 10.0.1.1 | grep -o '[0-9] received'
ip rule del pref 5
ip rule add iif ea ipproto icmp prohibit pref 5; ip netns exec a ping -c1 -W1 10.9.9.9 | grep From
ip rule del pref 5
ip rule add iif lo ipproto icmp unreachable pref 5; ip netns exec a ping -c1 -W0.3 10.0.1.1 | grep -o '[0-9] received'; ping -c1 -W0.3 10.0.1.2
ip rule del pref 5
for q in "" "ipproto udp sport 4500 dport 9" "ipproto udp sport 1 dport 53" "ipproto tcp sport 1 dport 53" "ipproto tcp sport 1 dport 1500" "ipproto icmp"; do ip route get 10.9.9.9 from 10.0.1.2 iif ea $q; done
sysctl -qw net.ipv4.conf.all.rp_filter=1
python3 who.py 5000:2000
ip route add blackhole 10.0.1.0/24 table 101; ip rule add to 10.0.1.0/24 ipproto udp sport 2000 table 101 pref 4
python3 who.py 5000:2000 5000:1999
ip rule flush; python3 who.py 5000:53
