# gretap ... external: requests of ARP go where the route says, and are answered into the tunnel, with the key, that they came by.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add b
ip link add a0 address 02:00:00:00:00:01 type veth peer name a1 netns b address 02:00:00:00:00:02; ip link set lo up; ip -n b link set lo up; ip link set a0 up; ip -n b link set a1 up; ip addr add 10.0.0.1/24 dev a0; ip -n b addr add 10.0.0.2/24 dev a1
ping -c1 -W1 10.0.0.2 >/dev/null
i=1; for n in "" "-n b"; do ip $n link add t0 address 02:00:00:00:07:0$i type gretap external; ip $n link set t0 up; i=2; done
ip addr add 192.168.1.1/24 dev t0; ip -n b addr add 192.168.1.5/24 dev t0
tcpdump --immediate-mode -Uni a0 -w a0.pcap "ip proto 47" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
: nobody says where requests go
ping -c1 -W0.3 192.168.1.5 | sed -n '2s/time.*//p'
: who asks is answered, though the other end has no route for it
python3 - <<'P'
import socket
# Ethernet and ARP inside GRE with a key, as another host would send them.
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 47)
arp = bytes.fromhex("ffffffffffff0200000007010806" "0001080006040001" "020000000701") + socket.inet_aton("192.168.1.1") + bytes(6) + socket.inet_aton("192.168.1.5")
s.sendto(bytes.fromhex("2000655800000007") + arp, ("10.0.0.2", 0))
s.sendto(bytes.fromhex("00006558") + arp, ("10.0.0.2", 0))
P
sleep 0.5
ip -n b neigh show dev t0 | sed 's/STALE\|DELAY\|REACHABLE/VALID/'; ip neigh show dev t0 | sed 's/INCOMPLETE\|FAILED/INVALID/'
: neighbours known, routes tell
ip neigh replace 192.168.1.5 lladdr 02:00:00:00:07:02 dev t0; ip -n b neigh replace 192.168.1.1 lladdr 02:00:00:00:07:01 dev t0
ip route replace 192.168.1.0/24 encap ip id 7 key dst 10.0.0.2 dev t0; ip -n b route replace 192.168.1.0/24 encap ip id 8 key dst 10.0.0.1 dev t0
ping -c1 -W1 192.168.1.5 | sed -n '2s/time.*//p'
{ sleep 0.3; kill %1; wait; } 2>/dev/null
ip -n b -s link show t0
