# NTP: chronyd as a server in one namespace and as its client in another, the clock of the machine untouched; what chronyc
# says of it by UDP and by its own socket.
. "$(dirname "$0")/_lib.sh"
need ip chronyd chronyc

cat >server.conf <<C
local stratum 5
allow 10.0.0.0/24
cmdallow 10.0.0.0/24
bindcmdaddress 0.0.0.0
pidfile $scratch/server.pid
bindcmdaddress $scratch/server/cmd
hwtimestamp *
C
cat >client.conf <<C
server 10.0.0.1 iburst minpoll -2 maxpoll 0 xleave
pidfile $scratch/client.pid
bindcmdaddress $scratch/client/cmd
hwtimestamp *
C
cat >world.sh <<'S2'
for n in server client; do ip netns add $n; ip -n $n link set lo up; mkdir -m 700 $n; done
ip link add e0 netns server type veth peer name e0 netns client
ip -n server addr add 10.0.0.1/24 dev e0; ip -n client addr add 10.0.0.2/24 dev e0; ip -n server link set e0 up; ip -n client link set e0 up
wait_for() { local _; for _ in $(seq 200); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done; echo "in vain: $*"; return 1; }
for n in server client; do ip netns exec $n chronyd -4 -x -d -U -u "$(id -un)" -f $PWD/$n.conf >$n.log 2>&1 & done
c() { ip netns exec client chronyc -n -h 127.0.0.1 "$@"; }
chosen() { c sources | grep -q '^\^\* 10.0.0.1 '; }
wait_for chosen; c sources | awk '/10.0.0.1/ { print $1, $2, $3 }'
c tracking | grep -E 'Reference ID|Stratum|Leap'
ip netns exec client chronyc -n -h 10.0.0.1 tracking | grep Stratum
u() { ip netns exec $1 chronyc -n -h $PWD/$1/cmd $2; }
many() { [ "$(u server serverstats | awk '/NTP packets received/ { print $NF }')" -gt 8 ]; }
wait_for many && echo the server has answered
u client ntpdata | grep -E '^(Remote address|Mode|Interleaved|RX timestamping|TX timestamping|Authenticated)'
u server clients | awk '/^10/ { print $1, ($2 > 8) }'
u client 'add server 10.0.0.77 minpoll -2 maxpoll -2'
unreached() { c sources | grep -q '^^? 10.0.0.77 '; }
wait_for unreached && echo another that is not there
ip -n server link set e0 down
lost() { [ "$(c sources | awk '/10.0.0.1 / { print $5 }')" = 0 ]; }
wait_for lost && echo the server is out of reach
kill "$(cat server.pid)" "$(cat client.pid)"; wait
S2
out=$(timeout 100 "$LINNET" run -- bash ./world.sh 2>&1)
same "all of it" "^* 10.0.0.1 5
Reference ID    : 0A000001 (10.0.0.1)
Stratum         : 6
Leap status     : Normal
Stratum         : 5
the server has answered
Remote address  : 10.0.0.1 (0A000001)
Mode            : Server
Interleaved     : Yes
Authenticated   : No
TX timestamping : Kernel
RX timestamping : Kernel
10.0.0.2 1
200 OK
another that is not there
the server is out of reach" "$out"
[ $failures = 0 ] || cat server.log client.log
