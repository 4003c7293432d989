# What monitors of a bridge hear: entries learnt, moved, aged and flushed; ports that come, change and go.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/bridge_hosts.sh" 2
for i in 1 2; do ip -n h$i neigh add 10.0.0.$((3 - i)) lladdr 02:00:00:00:02:0$((3 - i)) dev q$i; done
ip link add d0 address 02:00:00:00:03:01 type dummy
ip link add br0 address 02:00:00:00:00:99 type bridge
bridge monitor fdb >fdb &
one=$!
bridge monitor link >link &
two=$!
for _ in $(seq 100); do
  bridge fdb add 02:00:00:00:09:09 dev d0 self; bridge fdb del 02:00:00:00:09:09 dev d0 self
  ip link set d0 mtu 1400; ip link set d0 mtu 1500
  [ -s fdb ] && [ -s link ] && break; sleep 0.05
done
is() { for _ in $(seq 100); do bridge link show dev p1 | grep -q $1 && return; sleep 0.05; done; }
ip link set br0 up
ip link set p1 up master br0
ip link set p2 up master br0
is forwarding
for _ in $(seq 100); do ip netns exec h1 ping -qc 1 -W 0.2 10.0.0.2 >/dev/null && break; done
bridge link set dev p1 cost 9
bridge link set dev p1 state 1
bridge link set dev p1 state 3
ip link set br0 type bridge fdb_flush
ip link set p2 address 02:00:00:00:01:22
ip -n h1 link set q1 down
is disabled
ip link set p1 nomaster
ip link del br0
sleep 0.3
kill $one $two
echo "# table"; grep -v 02:00:00:00:09:09 fdb
echo "# links"; grep -v d0: link | grep -E '^(Deleted )?[0-9]+: p' | sed 's/^\(Deleted \)\?[0-9]*: /\1/'
