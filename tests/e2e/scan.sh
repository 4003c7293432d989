# nmap and hping3 across a router. Both send frames and raw packets of their own and read the answers from a packet
# ring; what they conclude of each port must be what the kernel they scan would have them conclude.
. "$(dirname "$0")/_lib.sh"
need ip ss socat nmap

cat >world.sh <<'S'
. "$E2E/_router.sh"
ip -n r route add prohibit 10.0.3.0/24
ip netns exec b sysctl -qw net.ipv4.icmp_ratelimit=0
ip netns exec b socat TCP-LISTEN:80,fork EXEC:true 2>/dev/null &
ip netns exec b socat UDP-RECVFROM:53,fork EXEC:cat 2>/dev/null &
for _ in $(seq 100); do [ "$(ip netns exec b ss -Htuln | wc -l)" = 2 ] && break; sleep 0.05; done
# What is said of the ports, one line for a scan.
scan() { local r; r=$(ip netns exec a nmap --privileged -n "$@" 2>&1 | awk '/^[0-9]/ { printf " %s=%s", $1, $2 }'); echo "$1:$r"; }
hosts() { ip netns exec a nmap --privileged -n -sn "$@" | grep -o '[0-9] hosts\? up' | sed "s|^|$1: |"; }
h() { timeout 5 ip netns exec a hping3 -n "$@" 2>&1; }
S
world() { timeout 100 "$LINNET" run -- bash -c '. ./world.sh; '"$1"'; ip netns pids b | xargs kill; wait' 2>&1; }

same "which hosts are there, by ARP, ICMP, UDP and TCP" \
  "10.0.1.0/29: 2 hosts up -PE: 1 host up -PP: 1 host up -PU40: 1 host up -PS81: 1 host up -PA80: 1 host up" \
  "$(world 'hosts 10.0.1.0/29; for by in -PE -PP -PU40 -PS81 -PA80; do hosts $by 10.0.2.2; done' | xargs)"
while read -r line; do expected+=("$line"); done <<'L'
-sT: 79/tcp=closed 80/tcp=open 81/tcp=closed
-sS: 79/tcp=closed 80/tcp=open 81/tcp=closed
-sU: 52/udp=closed 53/udp=open
-sA: 80/tcp=unfiltered 81/tcp=unfiltered
-sF: 80/tcp=open|filtered 81/tcp=closed
-sO: 1=open 6=open 17=open 47=closed
-sS: 80/tcp=filtered
L
out=$(world 't=10.0.2.2; scan -sT -p79-81 $t; scan -sS -p79-81 $t; scan -sU -p52,53 $t; scan -sA -p80,81 $t; scan -sF -p80,81 $t
scan -sO -p1,6,17,47 $t; scan -sS -Pn -p80 --max-retries 1 10.0.3.2')
for line in "${expected[@]}"; do contains "nmap $line" "$line" "$out"; done

command -v hping3 >/dev/null || exit
out=$(world 'h -S -p 80 -c 1 10.0.2.2; h -S -p 81 -c 1 10.0.2.2; h -2 -p 54 -c 1 10.0.2.2; h -1 -c 1 -d 3000 10.0.2.2; h -S -p 80 -c 1 -t 1 10.0.2.2')
for line in "sport=80 flags=SA" "sport=81 flags=RA" "ICMP Port Unreachable from ip=10.0.2.2" "len=1500 ip=10.0.2.2 ttl=63" \
  "TTL 0 during transit from ip=10.0.1.1"; do
  contains "hping3: $line" "$line" "$out"
done
