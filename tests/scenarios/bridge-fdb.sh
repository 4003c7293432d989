# The forwarding table by hand: entries of each kind, for the bridge, its ports and devices that are none; what is
# refused; and what a monitor hears.
exec 2>&1
PS4="# "
for i in 1 2 3; do
  ip link add p$i address 02:00:00:00:01:0$i type veth peer name q$i address 02:00:00:00:02:0$i
  ip link set q$i up
done
ip link add d0 address 02:00:00:00:03:01 type dummy
ip link add br0 type bridge
ip link set br0 up
for i in 1 2 3; do ip link set p$i up master br0; done
for _ in $(seq 100); do [ "$(cat /sys/class/net/br0/operstate)" = up ] && break; sleep 0.05; done
bridge monitor fdb >heard &
monitor=$!
for _ in $(seq 100); do
  bridge fdb add 02:00:00:00:09:09 dev d0 self; bridge fdb del 02:00:00:00:09:09 dev d0 self
  [ -s heard ] && break; sleep 0.05
done
show() { bridge fdb show "$@" | grep -v ^01:00:5e; }
set -x
bridge fdb add 02:00:00:00:05:01 dev p1 master
bridge fdb add 02:00:00:00:05:02 dev p1 master static
bridge fdb add 02:00:00:00:05:03 dev p1 master dynamic
bridge fdb add 02:00:00:00:05:04 dev p1 self
bridge fdb add 02:00:00:00:05:05 dev p1
bridge fdb add 02:00:00:00:05:07 dev br0 self local
bridge fdb add 02:00:00:00:05:08 dev p2 master static extern_learn
bridge fdb add 02:00:00:00:05:09 dev p2 master static sticky
bridge fdb add 02:00:00:00:05:0a dev p2 master dynamic sticky
bridge fdb add 02:00:00:00:05:0b dev p2 master dynamic extern_learn
bridge fdb add 02:00:00:00:05:0c dev p2 master use
bridge fdb add 02:00:00:00:05:0d dev p2 self master static
show
bridge fdb add 02:00:00:00:05:01 dev p1 master
bridge fdb add 02:00:00:00:05:02 dev p2 master static
bridge fdb replace 02:00:00:00:05:02 dev p2 master static
bridge fdb append 02:00:00:00:05:02 dev p1 master static
bridge fdb append 02:00:00:00:05:03 dev p3 master dynamic
bridge fdb add 00:00:00:00:00:00 dev p1 master
bridge fdb add 02:00:00:00:05:11 dev p1 master vlan 5
bridge fdb add 02:00:00:00:05:12 dev p1 master vlan 1
bridge fdb add 02:00:00:00:05:11 dev d0 master
bridge fdb add 02:00:00:00:05:11 dev d0 self
bridge fdb add 02:00:00:00:05:12 dev lo self
bridge fdb add 02:00:00:00:05:11 dev nosuch
bridge fdb get 02:00:00:00:05:01 br br0
bridge fdb get 02:00:00:00:05:01 dev p1 master
bridge fdb get 02:00:00:00:05:99 br br0
bridge fdb get 02:00:00:00:05:04 dev p1 self
show dev p1
show br br0 dynamic
show br br0 brport p2
show state static
bridge fdb del 02:00:00:00:05:01 dev p1 master
bridge fdb del 02:00:00:00:05:01 dev p1 master
bridge fdb del 02:00:00:00:05:02 dev p1 master
bridge fdb del 02:00:00:00:05:04 dev p1 self
bridge fdb del 02:00:00:00:05:04 dev p1 self
bridge fdb del 02:00:00:00:05:07 dev br0 self
bridge fdb del 02:00:00:00:01:01 dev p1 master
show
ip link set br0 type bridge fdb_flush
show
bridge fdb flush dev br0
show
{ kill $monitor; wait $monitor; } 2>/dev/null
grep -v 02:00:00:00:09:09 heard
