# Each NUD state set by hand, with and without a link-layer address; what the next state is; who sees which by `nud`.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
i=10
for state in none incomplete reachable stale failed noarp permanent; do
  i=$((i + 1))
  echo "== add $state without an address, then with one"
  ip neigh add 10.0.0.$i nud $state dev d0 || echo "status $?"
  ip neigh show 10.0.0.$i nud all
  ip neigh add 10.0.1.$i lladdr 02:00:00:00:01:$i nud $state dev d0
  ip neigh show 10.0.1.$i nud all
done
echo "== by state"
for state in none incomplete reachable stale delay probe failed noarp permanent all; do
  echo "-- $state"
  ip neigh show nud $state | sort
done
echo "== by default, and by device, prefix and address"
ip neigh show | sort
ip neigh show dev d0 to 10.0.1.0/28 | sort
ip neigh show to 10.0.1.13 nud all
ip neigh show 10.0.0.0/24 dev d0 | sort
ip neigh show dev lo
echo "== delay and probe lead on at once when nothing confirms them"
sysctl -qw net.ipv4.neigh.d0.ucast_solicit=1 net.ipv4.neigh.d0.retrans_time_ms=100
ip neigh add 10.0.0.50 lladdr 02:00:00:00:00:50 nud delay dev d0
ip neigh add 10.0.0.51 lladdr 02:00:00:00:00:51 nud probe dev d0
for a in 50 51; do
  for _ in $(seq 60); do ip neigh show 10.0.0.$a nud failed | grep -q . && break; sleep 0.05; done
  ip neigh show 10.0.0.$a nud all
done
set -x
ip neigh add 10.0.0.60 lladdr 02:00:00:00:00:60 nud nonsense dev d0
ip neigh add 10.0.0.60 lladdr 02:00:00:00:00:60 nud 0x06 dev d0
ip neigh show 10.0.0.60 nud all
