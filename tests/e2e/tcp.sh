# Real programs over TCP, in two hosts with a router between them: what is fetched is what was served.
. "$(dirname "$0")/_lib.sh"
need ip curl busybox socat

cat >world.sh <<'S'
. "$E2E/_router.sh"
listening() { for i in $(seq 100); do ip netns exec b grep -q "$(printf ':%04X 00000000:0000 0A' $1)" /proc/net/tcp && return; sleep 0.05; done; }
S
head -c 20000000 /dev/urandom >big
world() { timeout 100 "$LINNET" run -- bash -c '. ./world.sh; '"$1" 2>&1; }

out=$(world 'ip netns exec b busybox httpd -f -p 80 -h . & s=$!; listening 80
ip netns exec a curl -sS -o got http://10.0.2.2/big; cmp got big && echo whole
ip netns exec a curl -sS -o /dev/null http://10.0.2.2:81/; echo status $?
kill $s')
contains "a page by curl, byte for byte" "whole" "$out"
contains "a port that nobody listens on" "status 7" "$out"

out=$(world 'ip netns exec b socat TCP-LISTEN:5000,fork,reuseaddr EXEC:cat & s=$!; listening 5000
for i in 1 2 3; do echo "line $i" | ip netns exec a socat -t 5 - TCP:10.0.2.2:5000; done
head -c 3000000 big | ip netns exec a socat -t 10 - TCP:10.0.2.2:5000 | cmp -n 3000000 - big && echo echoed
kill $s')
contains "an echo server that forks" "line 3" "$out"
contains "both ways at once" "echoed" "$out"

if command -v nginx >/dev/null; then
  cat >nginx.conf <<N
daemon off; master_process off; pid $scratch/nginx.pid; error_log stderr;
events { worker_connections 256; }
http { access_log off; client_body_temp_path $scratch/n1; proxy_temp_path $scratch/n2; fastcgi_temp_path $scratch/n3;
  uwsgi_temp_path $scratch/n4; scgi_temp_path $scratch/n5; server { listen 80; root $scratch; } }
N
  out=$(world 'ip netns exec b nginx -c "$PWD/nginx.conf" -p "$PWD" & s=$!; listening 80
  ip netns exec a curl -sS http://10.0.2.2/big http://10.0.2.2/big | cmp - <(cat big big) && echo kept alive
  kill $s')
  contains "nginx, by sendfile and epoll, one connection twice" "kept alive" "$out"
fi
if command -v redis-server >/dev/null && command -v redis-cli >/dev/null; then
  out=$(world 'ip netns exec b redis-server --save "" --protected-mode no --daemonize no >/dev/null & s=$!; listening 6379
  ip netns exec a redis-cli -h 10.0.2.2 set key value; ip netns exec a redis-cli -h 10.0.2.2 get key
  ip netns exec a redis-benchmark -h 10.0.2.2 -q -n 2000 -c 20 -t set,get | tr "\r" "\n" | grep -c "requests per second"
  kill $s')
  contains "redis" "value" "$out"
  contains "redis-benchmark" "2" "$(printf '%s\n' "$out" | tail -1)"
fi
if command -v iperf3 >/dev/null; then
  out=$(world 'ip netns exec b iperf3 -s -1 >/dev/null 2>&1 & s=$!; listening 5201
  ip netns exec a iperf3 -c 10.0.2.2 -n 50M -P 2 2>/dev/null | grep -c "SUM.*receiver"; wait $s')
  same "iperf3, two streams" 1 "$out"
fi

# What the way there says ends the attempt.
out=$(world 'ip netns exec a sysctl -qw net.ipv4.tcp_syn_retries=1
ip netns exec a ip route add blackhole 10.9.0.0/16; ip netns exec a curl -sS http://10.9.0.1/; echo "blackhole $?"
ip netns exec r ip route add prohibit 10.8.0.0/16; ip netns exec a timeout 20 curl -sS http://10.8.0.1/; echo "prohibited $?"')
contains "no route" "blackhole 7" "$out"
contains "a router that says no" "prohibited 7" "$out"
