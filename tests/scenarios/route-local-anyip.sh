# Whole prefixes that belong to this host (`local … dev lo`), in the local, the main and another table: who answers, from where, and what
# sockets may be bound to.
exec 2>&1
ip netns add b
ip link set lo up; ip -n b link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 netns b address 02:00:00:00:00:02
ip link set v0 up; ip -n b link set v1 up
ip addr add 10.0.0.1/24 dev v0; ip -n b addr add 10.0.0.2/24 dev v1
ip -n b route add default via 10.0.0.1
until ip link show v0 | grep -q LOWER_UP; do sleep 0.05; done
try() { echo "# $*"; ip netns exec b ping -n -q -c1 -W1 "$1" | grep -o '[0-9] received'; ip route get "$1"; ip route get "$1" from 10.0.0.2 iif v0; }
bind() { python3 -c "
import socket,sys
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)
try: s.bind(('$1',0)); print('bound $1')
except OSError as e: print('$1', e.strerror)"; }
for t in local main 100; do
  echo "== table $t"
  ip route add local 10.7.0.0/16 dev lo table $t; ip route show table $t type local
  try 10.7.1.2; bind 10.7.1.2
  ip rule add to 10.7.0.0/16 lookup 100 prio 100; try 10.7.1.2; bind 10.7.1.2
  ip rule del prio 100
  ip route del local 10.7.0.0/16 dev lo table $t
done
echo "== by another device, with a source, with a scope"
ip route add local 10.7.0.0/16 dev v0; ip route show table local 10.7.0.0/16; try 10.7.9.9; ip route del local 10.7.0.0/16 dev v0
ip route add local 10.7.0.0/16 dev lo src 10.7.0.1; echo $?
ip route add local 10.7.0.0/16 dev lo src 10.0.0.1; ip route get 10.7.3.3; ip route del local 10.7.0.0/16
for s in link global host site nowhere; do ip route add local 10.7.0.0/16 dev lo scope $s; echo "$? $s"; ip route show table local 10.7.0.0/16; ip route del local 10.7.0.0/16 2>/dev/null; done
echo "== more specific routes inside, and outside"
ip route add local 10.7.0.0/16 dev lo; ip route add 10.7.5.0/24 via 10.0.0.2; ip route add blackhole 10.7.6.0/24; ip route add unreachable 10.7.7.7
for a in 10.7.4.1 10.7.5.1 10.7.6.1 10.7.7.7 10.7.7.8; do ip route get $a; bind $a; done
ip link set lo down; ip route show table local; ip route get 10.7.4.1; ip link set lo up; ip route show table local type local
