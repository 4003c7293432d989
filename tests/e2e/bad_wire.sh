# TCP through a bad wire: curl from nginx and socat's echo, through a router and then a wire that loses, repeats, delays and
# damages frames by a seed. What arrives is what was sent, whatever the connection's ways of recovering.
. "$(dirname "$0")/_lib.sh"
need ip ss nstat curl nginx socat ethtool python3

cat >world.sh <<'S'
for n in a r w b; do ip netns add $n; ip -n $n link set lo up; done
ip link add a0 netns a type veth peer name ra netns r
ip link add rw netns r type veth peer name w0 netns w; ip link add w1 netns w type veth peer name b0 netns b
ip -n a addr add 10.0.1.2/24 dev a0; ip -n r addr add 10.0.1.1/24 dev ra
ip -n r addr add 10.0.2.1/24 dev rw; ip -n b addr add 10.0.2.2/24 dev b0
# On the wire every frame is as short as a wire has it, and summed.
ip netns exec r ethtool -K rw tx off >/dev/null; ip netns exec b ethtool -K b0 tx off >/dev/null
for d in 'a a0' 'r ra' 'r rw' 'w w0' 'w w1' 'b b0'; do ip -n ${d% *} link set ${d#* } up; done
ip -n a route add default via 10.0.1.1; ip -n b route add default via 10.0.2.1
ip netns exec r sysctl -qw net.ipv4.ip_forward=1
wire() {
  ip netns exec w python3 "$E2E/_bad_wire.py" w0 w1 "$@" >wire.out & wire=$!
  for _ in $(seq 200); do grep -q ready wire.out && return; sleep 0.05; done
}
cut() { kill $wire; wait $wire; tail -1 wire.out; }
settings() { for s; do for n in a b; do ip netns exec $n sysctl -qw net.ipv4.tcp_$s; done; done; }
listening() { for _ in $(seq 100); do [ -n "$(ip netns exec b ss -Htln sport = $1)" ] && return; sleep 0.05; done; }
count() { for n in a b; do ip netns exec $n nstat -asz "$1"; done | awk -v c="$1" '$1 == c { n += $2 } END { print n }'; }
ip netns exec b nginx -c "$PWD/nginx.conf" -p "$PWD" & server=$!
ip netns exec b socat TCP-LISTEN:5000,fork,reuseaddr EXEC:cat & echo=$!
listening 80; listening 5000
S
cat >nginx.conf <<N
daemon off; master_process off; pid $scratch/nginx.pid; error_log stderr;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $scratch/n1; proxy_temp_path $scratch/n2; fastcgi_temp_path $scratch/n3;
  uwsgi_temp_path $scratch/n4; scgi_temp_path $scratch/n5; server { listen 80; root $scratch; } }
N
head -c 2000000 /dev/urandom >file
head -c 600000 file >part
world() { timeout 100 "$LINNET" run --seed "$1" -- bash -c '. ./world.sh; '"$2"'; kill $server $echo; wait' 2>&1; }
# above WHAT LEAST NUMBER
above() {
  [ "${3:-0}" -ge "$2" ] 2>/dev/null
  same "$1 (${3:-none})" 0 $?
}

# Everything goes wrong at once. Each kind did happen, and was noticed.
out=$(world 1 'wire loss=20 twice=10 late=20 damage=10 seed=1
for i in 1 2; do ip netns exec a curl -sS -m 60 -o got http://10.0.2.2/file; cmp got file && echo page $i whole; done
head -c 1000000 file | ip netns exec a socat -t 30 - TCP:10.0.2.2:5000 | cmp -n 1000000 - file && echo echoed
cut; echo retransmitted $(count TcpRetransSegs) damaged $(count TcpInCsumErrors)')
contains "a page" "page 1 whole" "$out"
contains "another" "page 2 whole" "$out"
contains "both ways at once" "echoed" "$out"
for kind in loss twice late damage; do
  above "frames met with $kind" 1 "$(sed -n "s/^carried.* $kind \([0-9]*\).*/\1/p" <<<"$out")"
done
contains "no frame was longer than a wire has them" " long 0" "$out"
above "what was lost was sent again" 10 "$(sed -n 's/^retransmitted \([0-9]*\).*/\1/p' <<<"$out")"
above "what was damaged was found out" 1 "$(sed -n 's/.* damaged \([0-9]*\)$/\1/p' <<<"$out")"

# Other ways to find and to send what is missing.
out=$(world 2 'wire loss=20 twice=10 late=10 damage=5 seed=2
fetch() { ip netns exec a curl -sS -m 60 -o got http://10.0.2.2/part; cmp got part && echo "$1" whole; }
settings sack=0; fetch "no SACK:"
settings timestamps=0; fetch "neither SACK nor time stamps:"
settings sack=1; fetch "no time stamps:"
settings timestamps=1 window_scaling=0; fetch "no window scale:"
settings window_scaling=1 recovery=0 early_retrans=0; fetch "neither RACK nor loss probes:"
settings recovery=1 early_retrans=3 congestion_control=bbr; fetch "BBR:"
settings congestion_control=reno ecn=1; fetch "Reno and ECN:"
cut')
for way in "no SACK" "neither SACK nor time stamps" "no time stamps" "no window scale" \
  "neither RACK nor loss probes" BBR "Reno and ECN"; do
  contains "$way" "$way: whole" "$out"
done
