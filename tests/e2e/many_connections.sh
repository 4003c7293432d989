# Ten thousand connections that are kept alive: wrk in one namespace, nginx in another, a router between them. Every request is
# answered, and when wrk has gone nothing is left of its connections.
. "$(dirname "$0")/_lib.sh"
need ip ss wrk nginx curl
nginx -V 2>&1 | grep -q http_stub_status_module || skip "nginx counts no requests"

# Whoever serves the guests holds a descriptor for each socket: two for a connection from guest to guest.
limit=$(ulimit -Hn)
[ "$limit" != unlimited ] || limit=1048576
connections=$(((limit - 300) / 2))
[ "$connections" -le 10000 ] || connections=10000
[ "$connections" -ge 1000 ] || skip "the limit of descriptors ($limit) allows only $connections connections"
[ "$connections" = 10000 ] || echo "note: the limit of descriptors ($limit) allows $connections connections"
ulimit -Sn "$(ulimit -Hn)"

cat >nginx.conf <<N
daemon off; master_process off; pid $scratch/nginx.pid; error_log $scratch/error.log; worker_rlimit_nofile $limit;
events { worker_connections 12000; }
http { access_log off; keepalive_requests 1000000; client_body_temp_path $scratch/n1; proxy_temp_path $scratch/n2;
  fastcgi_temp_path $scratch/n3; uwsgi_temp_path $scratch/n4; scgi_temp_path $scratch/n5;
  server { listen 80 backlog=4096; location = / { return 200 "hello\n"; } location = /status { stub_status; } } }
N
cat >world.sh <<'S'
. "$E2E/_router.sh"
in_use() { ip netns exec $1 awk '$1 == "TCP:" { print $3 }' /proc/net/sockstat; }
memory() { ip netns exec $1 awk '$1 == "TCP:" { print $NF }' /proc/net/sockstat; }
# Who closes a descriptor of a connection that has ended tells nobody: it is noticed a moment later.
until_small() { for _ in $(seq 100); do [ "$(memory $1)" -le 256 ] && return; sleep 0.05; done; }
until_in_use() { for _ in $(seq 400); do [ "$(in_use $1)" $2 $3 ] && return; sleep 0.05; done; }
ip netns exec b nginx -c "$PWD/nginx.conf" -p "$PWD" & server=$!
until_in_use b -eq 1
status() { ip netns exec b curl -sS http://127.0.0.1/status; }
ip netns exec a wrk -t 1 -c $connections -d 80s --timeout 80s http://10.0.2.2/ >wrk.out 2>&1 & client=$!
until_in_use a -ge $connections; echo "at once: $(in_use a)"
# Until there were three requests for each connection.
for polls in $(seq 120); do [ "$(status | awk 'NR == 3 { print $3 }')" -ge $((connections * 3)) ] && break; sleep 0.5; done
kill -INT $client; wait $client; echo "wrk ended with $?"
until_in_use a -eq 0; until_in_use b -eq 1; until_small b
for n in a b; do ip netns exec $n grep TCP: /proc/net/sockstat; ip netns exec $n ss -s | grep TCP:; done
status; echo "asked $((polls + 1)) times"
kill $server; wait $server; echo "nginx ended with $?"
S
export connections
out=$(timeout 100 "$LINNET" run -- bash ./world.sh 2>&1)
cat wrk.out
contains "all connections are there at once" "at once: $connections" "$out"
contains "wrk" "wrk ended with 0" "$out"
same "errors of sockets, and answers that are none" "" "$(grep -E 'Socket errors|Non-2xx|unable' wrk.out)"
contains "of the client's sockets nothing is left" "TCP: inuse 0 orphan 0" "$out"
contains "of the server's only the listener" "TCP: inuse 1 orphan 0" "$out"
# Up to 256 pages stay with a cpu, for the next that wants some.
for pages in $(sed -n 's/^TCP: inuse.* mem //p' <<<"$out"); do
  same "memory: $pages pages" 0 $((pages > 256))
done
# nginx tells: connections it accepted, of which it served, and requests.
read -r accepted served requests < <(sed -n 's/^ \([0-9]* [0-9]* [0-9]*\) *$/\1/p' <<<"$out")
answered=$(sed -n 's/^ *\([0-9]*\) requests in.*/\1/p' wrk.out)
echo "accepted ${accepted:=0}, served ${served:=0}, requests ${requests:=0}, answered ${answered:=0}"
asked=$(sed -n 's/^asked \([0-9]*\) times/\1/p' <<<"$out")
# wrk makes one before all others, to see whether somebody listens.
same "each connection was made once" "$((connections + 1 + asked)) $accepted" "$accepted $served"
# When wrk ends, each connection has a request under way.
same "each request was answered" 0 $((answered < connections || requests - answered > connections + asked))
same "what nginx complains of" "" "$(grep -vE 'open file resource limit|\[notice\]' error.log)"
contains "nginx" "nginx ended with 0" "$out"
