# TCP between a world and the host's kernel, over TAP devices in a network namespace of this test's own: each is server and
# client, by nginx, curl, iperf3 and a peer of our own for what is particular. Where nothing is lost, tshark finds nothing in
# either side's capture that should not be there. Needs CAP_NET_ADMIN, as making a TAP device does.
E2E_KEEP_ROOT=1
. "$(dirname "$0")/_lib.sh"
[ "$(id -u)" = 0 ] || skip "making a TAP device takes root"
[ -c /dev/net/tun ] || skip "there is no /dev/net/tun"
need ip ss nstat unshare curl nginx iperf3 python3 tcpdump tshark ethtool
unshare -n true 2>/dev/null || skip "no network namespace can be made"

# Two hosts, k and l: a shell in each takes commands from a pipe and tells how they ended.
cat >agent.sh <<'S'
exec 5<>to.$1 6<>back.$1 >$1.log 2>&1
while read -r -d '' -u 5 command; do
  [ "$command" = end ] && exit 0
  eval "$command" >$1.out
  echo "$?" >&6
done
S
cat >hosts.sh <<'S'
declare -A address=([k]=192.168.77.1 [l]=192.168.77.2) beyond=([k]=192.168.78.1 [l]=192.168.78.2) other=([k]=l [l]=k)
# on HOST COMMAND: its status; what it prints is in HOST.out
on() {
  local status=124
  printf '%s\0' "$2" >to.$1
  read -r -t 60 status <>back.$1
  return $status
}
both() { on k "$1" && on l "$1"; }
count() { on $1 "nstat -asz $2"; awk -v c=$2 '$1 == c { print $2 }' $1.out; }
listening() { for _ in $(seq 200); do on $1 "ss -Htln sport = $2"; [ -s $1.out ] && return; sleep 0.02; done; }
# fetch SERVER BYTES [ADDRESS]: whether the other has it as it is
fetch() {
  on ${other[$1]} "curl -sS -m 60 -r 0-$(($2 - 1)) -o $1.got http://${3:-${address[$1]}}/big" &&
    cmp -n $2 $1.got big && [ $(stat -c %s $1.got) = $2 ]
}
# peers SERVER CASE: what both ends say
peers() {
  local s=$1 c=${other[$1]} port=$((++last_port))
  : >$s.said
  if [ "$2" != refused ]; then
    on $s "python3 $E2E/_tcp_peer.py serve $2 ${address[$s]} $port ${address[$c]} >$s.said 2>&1 & job=\$!"
    listening $s $port
  fi
  on $c "timeout 40 python3 $E2E/_tcp_peer.py ask $2 ${address[$s]} $port >$c.said 2>&1"
  [ "$2" != md5_one ] || on $s 'kill $job'
  [ "$2" = refused ] || on $s 'wait $job'
  sed "s/^/from $1, $2: /" $c.said $s.said
}
last_port=47000
S

cat >outside.sh <<'S'
. ./hosts.sh
ip link set lo up
for t in lin0 lin1; do ip tuntap add $t mode tap; ip link set $t txqueuelen 10000; done
ip addr add 192.168.77.1/24 dev lin0
ip link add k0 type veth peer name v0 && ip addr add 192.168.78.1/24 dev k0 && ethtool -K k0 tx off >/dev/null
# Behind lin1 and v0 there is a wire, and no host.
for d in lin1 v0; do sysctl -qw net.ipv4.conf.$d.arp_ignore=1 net.ipv6.conf.$d.disable_ipv6=1; done
for d in lin0 lin1 v0 k0; do ip link set $d up; done
mkfifo to.k back.k to.l back.l
bash agent.sh k & k=$!
"$LINNET" run --attach eth0=tap:lin0 --attach eth1=tap:lin1 -- bash agent.sh l & l=$!
on l 'ip link set lo up; for i in 0 1; do ip addr add 192.168.7$((7 + i)).2/24 dev eth$i; ip link set eth$i up; done'
for h in k l; do
  sed "s/HOST/$h/g" nginx.conf >nginx.$h.conf
  on $h "nginx -c $PWD/nginx.$h.conf -p $PWD & nginx=\$!"
  listening $h 80
done
. ./cases.sh
both 'kill $nginx; wait $nginx'
for h in k l; do printf 'end\0' >to.$h; done
wait $l; echo "the world ended with $?"
wait $k
cat k.log l.log >&2
S
cat >nginx.conf <<N
daemon off; master_process off; pid $scratch/nginx.HOST.pid; error_log $scratch/error.HOST.log;
events { worker_connections 64; }
http { access_log off; client_body_temp_path $scratch/nHOST1; proxy_temp_path $scratch/nHOST2;
  fastcgi_temp_path $scratch/nHOST3; uwsgi_temp_path $scratch/nHOST4; scgi_temp_path $scratch/nHOST5; server { listen 80; root $scratch; } }
N

cat >cases.sh <<'S'
# ---- nothing is lost, and a host that is late makes nobody send again: captured on both sides
on k 'ip route change 192.168.77.0/24 dev lin0 src 192.168.77.1 rto_min 5s'
on l 'ip route change 192.168.77.0/24 dev eth0 src 192.168.77.2 rto_min 5s'
both 'sysctl -qw net.ipv4.tcp_early_retrans=0 net.ipv4.tcp_fastopen=3'
on k 'tcpdump -i lin0 -B 65536 -U -w k.pcap tcp 2>k.dump & dump=$!'
on l 'tcpdump -i eth0 -B 65536 -U -w l.pcap tcp 2>l.dump & dump=$!'
for h in k l; do for _ in $(seq 100); do grep -q listening $h.dump && break; sleep 0.05; done; done
for s in k l; do
  fetch $s 3000000 && echo "from $s: whole"
  for with in k l; do
    for setting in timestamps=0 sack=0 window_scaling=0 ecn=1; do
      on $with "was=\$(sysctl -n net.ipv4.tcp_${setting%=*}); sysctl -qw net.ipv4.tcp_$setting"
      fetch $s 500000 && echo "from $s, $setting at $with: whole"
      on $with "sysctl -qw net.ipv4.tcp_${setting%=*}=\$was"
    done
  done
  for case in half_close reset refused urgent fast_open md5; do peers $s $case; done
done
for h in k l; do
  echo "$h: fast open $(count $h TcpExtTCPFastOpenActive) $(count $h TcpExtTCPFastOpenPassive)," \
    "marked $(($(count $h IpExtInECT0Pkts) > 100))"
done
both 'kill $dump; wait $dump'
both 'sysctl -qw net.ipv4.tcp_early_retrans=3'
on k 'ip route change 192.168.77.0/24 dev lin0 src 192.168.77.1'
on l 'ip route change 192.168.77.0/24 dev eth0 src 192.168.77.2'

# ---- what takes its time
for s in k l; do
  peers $s md5_one
  peers $s zero_window
done
for h in k l; do
  echo "$h: signatures missed $(($(count $h TcpExtTCPMD5NotFound) > 0))," \
    "windows closed $(($(count $h TcpExtTCPToZeroWindowAdv) > 0))" \
    "and found closed $(($(count $h TcpExtTCPFromZeroWindowAdv) > 0))"
done

# ---- much, however large the pieces are that the devices take
for s in k l; do
  fetch $s 20000000 && echo "20 MB from $s: whole"
  for off in 'gro off' 'gso off' 'gso off gro off'; do
    on k "ethtool -K lin0 $off >/dev/null"; on l "ethtool -K eth0 $off >/dev/null"
    fetch $s 5000000 && echo "5 MB from $s, $off: whole"
    on k 'ethtool -K lin0 gso on gro on >/dev/null'; on l 'ethtool -K eth0 gso on gro on >/dev/null'
  done
  for way in '' --reverse; do
    on $s 'iperf3 -s -1 >/dev/null 2>&1 & job=$!'
    listening $s 5201
    on ${other[$s]} "timeout 50 iperf3 -c ${address[$s]} -n 60M $way"
    echo "iperf3, $s serves${way:+, }$way: $(grep -c receiver ${other[$s]}.out)"
    on $s 'wait $job'
  done
done

# ---- a bad wire
python3 "$E2E/_bad_wire.py" lin1 v0 loss=20 twice=10 late=10 damage=5 seed=3 >wire.out & wire=$!
for _ in $(seq 200); do grep -q ready wire.out && break; sleep 0.05; done
for s in k l; do fetch $s 1500000 ${beyond[$s]} && echo "through a bad wire from $s: whole"; done
kill $wire; wait $wire; tail -1 wire.out
S
head -c 20000000 /dev/urandom >big
chmod 755 .
timeout 110 unshare -n bash outside.sh >outside.out 2>errors.out
out=$(cat outside.out)

# What is particular, as both ends tell it.
cat >expected <<'S'
half_close: answer whole
half_close: the end came first
reset: reset
reset: read hello
refused: refused
urgent: end b''
urgent: before abc urgent ! mark 1 after def
fast_open: <request>
md5: signed whole
md5_one: no answer
zero_window: full
S
for s in k l; do
  contains "from $s" "from $s: whole" "$out"
  while read -r line; do contains "from $s, $line" "from $s, $line" "$out"; done <expected
  same "from $s, what was sent while nobody read" \
    "$(sed -n "s/^from $s, zero_window: sent \(.*\) b''/\1/p" outside.out)" \
    "$(sed -n "s/^from $s, zero_window: all //p" outside.out)"
  contains "$s both asks and serves with data in the SYN; ECN" "$s: fast open 1 1, marked 1" "$out"
  contains "$s finds missing signatures, closes its window and waits for the other's" \
    "$s: signatures missed 1, windows closed 1 and found closed 1" "$out"
  contains "much from $s" "20 MB from $s: whole" "$out"
  for way in "" ", --reverse"; do contains "iperf3$way at $s" "iperf3, $s serves$way: 1" "$out"; done
  for off in 'gro off' 'gso off' 'gso off gro off'; do
    contains "$off, from $s" "5 MB from $s, $off: whole" "$out"
  done
  for with in k l; do
    for setting in timestamps=0 sack=0 window_scaling=0 ecn=1; do
      contains "$setting at $with, from $s" "from $s, $setting at $with: whole" "$out"
    done
  done
  contains "a bad wire, from $s" "through a bad wire from $s: whole" "$out"
done
contains "the world" "the world ended with 0" "$out"

# Segments that nobody should see where nothing is lost. Linux gives a packet of one segment the sum 0xffff for zero, as do we.
odd='_ws.malformed || ip.checksum.status == "Bad" || (tcp.checksum.status == "Bad" && tcp.checksum != 0xffff)
 || (tcp.analysis.flags && !tcp.analysis.window_update && !tcp.analysis.window_full)'
for s in k l; do
  frames=$(tshark -r $s.pcap -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE -Y "$odd" 2>tshark.err)
  same "odd segments as $s saw them" "" "$frames"
  seen=$(capinfos -Mc $s.pcap 2>/dev/null | sed -n 's/^Number of packets: *//p')
  same "$s saw ${seen:-no} segments" 0 $((${seen:-0} < 5000))
  contains "all of them" "0 packets dropped by kernel" "$(cat $s.dump)"
done
[ "$failures" = 0 ] || cat errors.out
