# A program that Go builds here, static and without the C library: HTTP between two namespaces, hundreds of connections at
# once, UDP, deadlines, errors, and names by Go's own resolver.
. "$(dirname "$0")/_lib.sh"
need ip ss dnsmasq go

export GOCACHE=$scratch/go GOPATH=$scratch/go CGO_ENABLED=0 GO111MODULE=off GOFLAGS=-p=2
go build -o go_net "$E2E/programs/go_net.go" || { echo "FAILED: go build"; failures=1; exit; }
cat >world.sh <<'S'
for n in s c; do ip netns add $n; ip -n $n link set lo up; mkdir -p /etc/netns/$n; done
ip link add e0 netns s address 02:00:00:00:00:01 type veth peer name e0 netns c address 02:00:00:00:00:02
ip -n s addr add 10.0.0.1/24 dev e0; ip -n c addr add 10.0.0.2/24 dev e0; ip -n s link set e0 up; ip -n c link set e0 up
echo nameserver 10.0.0.1 >/etc/netns/c/resolv.conf
ip netns exec s dnsmasq -k --no-resolv --no-hosts --host-record=server.lan,10.0.0.1 --txt-record=server.lan,hello --local=/lan/ --pid-file=$PWD/pid & names=$!
ip netns exec s ./go_net serve >server.log 2>&1 & server=$!
listens() { [ "$(ip netns exec s ss -Hltn sport = :$1 | wc -l)" -ge 1 ]; }
for _ in $(seq 200); do listens 80 && listens 53 && break; sleep 0.1; done
ip netns exec c timeout 60 ./go_net ask 10.0.0.1
kill $server $names; wait
S
out=$(timeout 120 "$LINNET" run -- bash ./world.sh 2>&1)
same "all of it" "interfaces: [e0 1500 02:00:00:00:00:02 [10.0.0.2/24] lo 65536  [127.0.0.1/8]]
lookups: [10.0.0.1] [server.lan.] [hello] true
http: 10.0.0.2 server.lan
8 MiB down: 8388608
5 MiB up: 5242880
goroutines with http: 1200
connections at once: 400
deadline: true
half closed, then: EOF
closed in a read: true
datagrams: 200
nobody hears UDP: true
nobody hears TCP: true
nobody there: true" "$out"
[ $failures = 0 ] || cat server.log
