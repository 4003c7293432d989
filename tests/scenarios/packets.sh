# The packets themselves, as a capture has them: ARP, echoes, fragments, an unreachable port, broadcasts.
exec 2>&1
ip netns add b
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1 netns b
ip addr add 10.0.0.1/24 brd + dev v0; ip link set v0 up; ip link set lo up
ip -n b addr add 10.0.0.2/24 brd + dev v1; ip -n b link set v1 up; ip -n b link set lo up; sleep 0.3
sysctl -qw net.ipv4.neigh.v0.delay_first_probe_time=60; ip netns exec b sysctl -qw net.ipv4.neigh.v1.delay_first_probe_time=60
tcpdump -Z root --immediate-mode -U -i v0 -w v0.pcap 2>tcpdump.log & sniffer=$!
for _ in $(seq 100); do grep -qs listening tcpdump.log && break; sleep 0.05; done
ping -q -c1 -W1 10.0.0.2 >/dev/null
ping -q -c1 -W1 -s 3000 -t 9 10.0.0.2 >/dev/null
ping -q -c1 -W1 -Q 0x10 -s 0 10.0.0.2 >/dev/null
python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 4000)); s.sendto(b"hello", ("10.0.0.2", 9))'
ping -q -c1 -W1 -b 10.0.0.255 >/dev/null 2>&1
ip netns exec b ping -q -c1 -W1 10.0.0.1 >/dev/null
sleep 0.3
kill $sniffer; wait $sniffer
tail -n +2 tcpdump.log | sed 's/[0-9]* bytes//'
