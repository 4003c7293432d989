# Who gets what: unknown unicast, broadcast and multicast are flooded but where a port says no; learnt unicast goes to one
# port; isolated ports don't hear each other; hairpin sends back. Told by the counters of the hosts' ends.
exec 2>&1
# The bridge itself joins a group, and would report it now and then.
sysctl -qw net.ipv4.igmp_link_local_mcast_reports=0
ip link add br0 address 02:00:00:00:00:99 type bridge; ip link set br0 up
for i in 1 2 3; do
  ip netns add h$i
  ip link add p$i address 02:00:00:00:01:0$i type veth peer name q netns h$i address 02:00:00:00:02:0$i
  ip link set p$i master br0 up
  ip -n h$i addr add 10.0.0.$i/24 dev q; ip -n h$i link set q up
done
for i in 1 2 3; do for _ in $(seq 100); do bridge link show dev p$i | grep -q 'state forwarding' && break; sleep 0.05; done; done
got() { ip netns exec h$1 cat /sys/class/net/q/statistics/rx_packets; }
# MAC MAC ETHERTYPE: one frame out of h1, and who got how many more.
frame() {
  local a b c; a=$(got 1); b=$(got 2); c=$(got 3)
  ip netns exec h1 python3 - "$@" <<'P'
import socket, sys
to, source = (bytes.fromhex(x.replace(":", "")) for x in sys.argv[1:3])
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
s.bind(("q", 0))
s.send(to + source + bytes.fromhex(sys.argv[3]) + bytes(46))
P
  sleep 0.1
  echo "$1 from $2: h1 $(($(got 1) - a)), h2 $(($(got 2) - b)), h3 $(($(got 3) - c))"
}
me=02:00:00:00:02:01
echo "# unknown, broadcast, multicast, link-local"
frame 02:00:00:00:77:77 $me 88b5
frame ff:ff:ff:ff:ff:ff $me 88b5
frame 01:00:5e:01:02:03 $me 88b5
frame 33:33:00:00:00:01 $me 88b5
frame 01:80:c2:00:00:0e $me 88cc
frame 01:80:c2:00:00:01 $me 8808
echo "# learnt"
ip netns exec h2 ping -qc1 10.0.0.1 | grep -o '[0-9] received'
# From now on neither asks whether the other is still there.
ip -n h1 neigh replace 10.0.0.2 lladdr 02:00:00:00:02:02 nud permanent dev q
ip -n h2 neigh replace 10.0.0.1 lladdr $me nud permanent dev q
frame 02:00:00:00:02:02 $me 88b5
frame 02:00:00:00:00:99 $me 88b5
frame 02:00:00:00:02:01 $me 88b5
echo "# from a multicast address, from nobody"
frame 02:00:00:00:77:77 03:00:00:00:00:01 88b5
frame 02:00:00:00:77:77 00:00:00:00:00:00 88b5
echo "# flags of p3"
bridge link set dev p3 flood off; frame 02:00:00:00:77:77 $me 88b5
bridge link set dev p3 bcast_flood off; frame ff:ff:ff:ff:ff:ff $me 88b5
bridge link set dev p3 mcast_flood off; frame 01:00:5e:01:02:03 $me 88b5
bridge link set dev p3 flood on bcast_flood on mcast_flood on
echo "# isolated"
bridge link set dev p1 isolated on; bridge link set dev p2 isolated on
frame ff:ff:ff:ff:ff:ff $me 88b5
frame 02:00:00:00:02:02 $me 88b5
bridge link set dev p1 isolated off
frame ff:ff:ff:ff:ff:ff $me 88b5
bridge link set dev p2 isolated off
echo "# hairpin"
bridge link set dev p1 hairpin on
frame 02:00:00:00:77:77 $me 88b5
frame ff:ff:ff:ff:ff:ff $me 88b5
frame $me 02:00:00:00:44:44 88b5
bridge link set dev p1 hairpin off
echo "# learning off"
bridge link set dev p1 learning off; frame 02:00:00:00:77:77 02:00:00:00:55:55 88b5
bridge fdb show br br0 | grep 55:55
echo "# too large for p3"
ip link set p3 mtu 1000; ip -n h3 link set q mtu 1000
ip netns exec h1 ping -qc1 -W1 -s 1200 10.0.0.2 | grep -o '[0-9] received'
ip netns exec h1 ping -qc1 -W1 -s 1200 10.0.0.3 | grep -o '[0-9] received'
