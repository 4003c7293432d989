# Programs that send datagrams and frames, in two hosts on a bridge: socat by UDP, multicast, broadcast and a protocol
# of its own; netcat; iperf3; netsniff-ng and trafgen with rings in both directions; tshark; busybox's applets.
. "$(dirname "$0")/_lib.sh"
need ip ss socat

cat >world.sh <<'S'
for n in a r b; do ip netns add $n; ip -n $n link set lo up; done
ip link add a0 netns a address 02:00:00:00:00:0a type veth peer name ra netns r
ip link add b0 netns b address 02:00:00:00:00:0b type veth peer name rb netns r
ip -n r link add br0 type bridge; ip -n r link set ra master br0 up; ip -n r link set rb master br0 up; ip -n r link set br0 up
ip -n a addr add 10.0.0.1/24 brd + dev a0; ip -n b addr add 10.0.0.2/24 brd + dev b0; ip -n a link set a0 up; ip -n b link set b0 up
a() { ip netns exec a "$@"; }
b() { ip netns exec b "$@"; }
# Until somebody in b is bound: ss's own filter says to what.
bound() { for _ in $(seq 100); do [ -n "$(b ss -Htulnw "$@")" ] && return; sleep 0.05; done; echo "in vain: $*"; }
sniffing() { for _ in $(seq 100); do [ -n "$(b ss -Hln0)" ] && return; sleep 0.05; done; echo "nobody sniffs"; }
S
# What is left in b at the end goes.
world() { timeout 60 "$LINNET" run -- bash -c '. ./world.sh; '"$1"'; ip netns pids b | xargs -r kill' 2>&1; }

out=$(world 'b socat -u UDP-RECVFROM:5000 CREATE:o1 & bound sport = 5000
echo "by UDP" | a socat -u - UDP:10.0.0.2:5000; wait $!; cat o1
b socat -u UDP-RECVFROM:5001,ip-add-membership=239.1.2.3:10.0.0.2,reuseaddr CREATE:o2 & bound sport = 5001
echo "to a group" | a socat -u - UDP-DATAGRAM:239.1.2.3:5001,ip-multicast-if=10.0.0.1; wait $!; cat o2
b socat -u IP4-RECVFROM:99 CREATE:o3 & bound "sport = :99"
echo "protocol 99" | a socat -u - IP4-SENDTO:10.0.0.2:99; wait $!; cat o3
b socat UDP-RECVFROM:5002,broadcast CREATE:o4 & bound sport = 5002
echo "to all" | a socat -u - UDP-DATAGRAM:10.0.0.255:5002,broadcast; wait $!; cat o4')
for line in "by UDP" "to a group" "protocol 99" "to all"; do contains "socat: $line" "$line" "$out"; done

if command -v nc.openbsd >/dev/null; then
  out=$(world 'b nc.openbsd -u -l -W 1 5003 >o1 & bound sport = 5003; echo "by UDP" | a nc.openbsd -u -w 1 10.0.0.2 5003; wait $!; cat o1
  b nc.openbsd -l 5004 >o2 & bound sport = 5004; echo "by TCP" | a nc.openbsd -N 10.0.0.2 5004; wait $!; cat o2
  b nc.openbsd -l -k 5005 >/dev/null & bound sport = 5005; a nc.openbsd -z -v -w 2 10.0.0.2 5004-5006')
  for line in "by UDP" "by TCP" "port 5004 (tcp) failed: Connection refused" "5005 port [tcp/*] succeeded"; do
    contains "nc: $line" "$line" "$out"
  done
fi

if command -v iperf3 >/dev/null; then
  out=$(world 'b iperf3 -s -1 >/dev/null & bound sport = 5201; a iperf3 -c 10.0.0.2 -u -b 20M -t 1 --json >o; wait $!
  python3 -c "import json; e = json.load(open(\"o\"))[\"end\"][\"sum\"]; print(e[\"lost_packets\"], \"lost of\", e[\"packets\"] > 500)"')
  contains "iperf3 by UDP" "0 lost of True" "$out"
fi

if command -v trafgen >/dev/null && command -v netsniff-ng >/dev/null; then
  out=$(world "cat >frames <<C
{ eth(da=02:00:00:00:00:0b, sa=02:00:00:00:00:0a), ipv4(da=10.0.0.2, sa=10.0.0.1, ttl=9), udp(sp=1000, dp=5006), fill('A', 20) }
C
b socat -u UDP-RECV:5006 CREATE:o1 & bound sport = 5006
ip netns exec b netsniff-ng --in b0 --out o2.pcap --silent -f 'udp port 5006' -n 21 >/dev/null 2>&1 & sniffer=\$!
sniffing
a trafgen --dev a0 --conf frames -n 20 --cpus 1 | grep outgoing
for _ in \$(seq 50); do [ \$(wc -c <o1) = 400 ] && break; sleep 0.05; done; wc -c <o1
sleep 0.3; kill -INT \$sniffer; wait \$sniffer; tcpdump -nr o2.pcap 2>/dev/null | grep -c '10.0.0.1.1000 > 10.0.0.2.5006: UDP, length 20'")
  contains "trafgen sends by a ring" "20 packets outgoing" "$out"
  same "they arrive, and netsniff-ng has seen them by another" "400 20" "$(tail -2 <<<"$out" | xargs)"
fi

if command -v tshark >/dev/null; then
  out=$(world 'b timeout 10 tshark -i b0 -c 2 -T fields -e ip.src -e icmp.type -f icmp 2>/dev/null >o & t=$!; sniffing
  a ping -qc1 10.0.0.2 >/dev/null; wait $t; cat o')
  contains "tshark" "10.0.0.1	8" "$out"
fi

if command -v busybox >/dev/null; then
  out=$(world 'b busybox arping -c1 -I b0 10.0.0.1 | grep -o "Unicast reply from 10.0.0.1 .02:00:00:00:00:0a."
  b busybox ping -c1 10.0.0.1 | grep -o "1 packets received"; b busybox traceroute -n 10.0.0.1 | grep -o "^ 1  10.0.0.1"
  b busybox ifconfig b0 | grep -o "inet addr:10.0.0.2"; b busybox route -n | grep -o "^10.0.0.0 .* b0"; b busybox arp -n | grep -o "at 02:00:00:00:00:0a"
  b busybox nc -l -p 7000 -e busybox echo "by busybox" & bound sport = 7000; a busybox nc 10.0.0.2 7000; wait')
  for line in "Unicast reply" "1 packets received" " 1  10.0.0.1" "inet addr:10.0.0.2" "b0" "at 02:00:00:00:00:0a" "by busybox"; do
    contains "busybox: $line" "$line" "$out"
  done
fi
