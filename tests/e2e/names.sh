# Names of hosts in a namespace: dnsmasq serves them in one, and in another glibc and dig find the server by the
# resolv.conf that `ip netns exec` shows there; over UDP, and over TCP when an answer is too long.
. "$(dirname "$0")/_lib.sh"
need ip ss getent dnsmasq dig

cat >names.conf <<C
keep-in-foreground
no-resolv
no-hosts
edns-packet-max=4096
pid-file=$scratch/pid
log-facility=$scratch/dnsmasq.log
listen-address=10.0.0.53
bind-interfaces
local=/example/
host-record=www.example,10.0.0.80
$(for t in x y z u; do echo "txt-record=long.example,$(printf "$t%.0s" $(seq 200)),$(printf "$t%.0s" $(seq 201))"; done)
C
cat >world.sh <<'S'
for n in s c; do ip netns add $n; ip -n $n link set lo up; done
ip link add e0 netns s type veth peer name e0 netns c
ip -n s addr add 10.0.0.53/24 dev e0; ip -n c addr add 10.0.0.2/24 dev e0; ip -n s link set e0 up; ip -n c link set e0 up
mkdir -p /etc/netns/c
echo 'nameserver 10.0.0.53' >/etc/netns/c/resolv.conf
echo 'hosts: files dns' >/etc/netns/c/nsswitch.conf
printf '10.0.0.53 server\n127.0.0.1 localhost\n' >/etc/netns/c/hosts
ip netns exec s dnsmasq -C names.conf & server=$!
for _ in $(seq 100); do [ "$(ip netns exec s ss -Hln sport = 53 | wc -l)" = 2 ] && break; sleep 0.05; done
S
world() { timeout 60 "$LINNET" run -- bash -c '. ./world.sh; c() { ip netns exec c "$@"; }; '"$1"'; kill $server; wait $server' 2>&1; }

same "the C library asks the namespace's server" "10.0.0.80 www.example 2 server 10.0.0.53" \
  "$(world 'c getent hosts www.example; c getent hosts none.example; echo $?; c getent hosts server | tac -s " " | xargs' | xargs)"
same "nobody else does" "2" "$(world 'getent hosts www.example >/dev/null; echo $?')"
out=$(world '
echo "udp $(c dig +short www.example)"; echo "tcp $(c dig +tcp +short www.example)"; echo "reverse $(c dig +short -x 10.0.0.80)"
c dig none.example | grep -o NXDOMAIN
echo "cut off:$(c dig +notcp +ignore +noedns long.example txt | grep -o "flags:.*;" | grep -o " tc ")"
echo "then by $(c dig +noedns long.example txt | grep -o "(TCP)\|(UDP)"), $(c dig +noedns +short long.example txt | wc -l) records"
echo "with EDNS by $(c dig +notcp +bufsize=4096 long.example txt | grep -o "(TCP)\|(UDP)")"
c dig +time=1 +tries=1 @10.0.0.2 www.example | grep -o "connection refused" | head -1
c ss -Htan state established | wc -l')
for line in "udp 10.0.0.80" "tcp 10.0.0.80" "reverse www.example." NXDOMAIN "cut off: tc" "then by (TCP), 4 records" \
  "with EDNS by (UDP)" "connection refused"; do
  contains "dig: $line" "$line" "$out"
done
