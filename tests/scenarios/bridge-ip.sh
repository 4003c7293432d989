# A bridge as a host's interface, and as the LAN behind a router: addresses on the bridge and on ports, forwarding between two
# bridges, ARP on them, the bridge's own carrier and address.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
for i in 1 2; do ip netns add h$i; ip link add br$i address 02:00:00:00:00:9$i type bridge; done
for i in 1 2; do
  ip link add p$i address 02:00:00:00:01:0$i type veth peer name q netns h$i address 02:00:00:00:02:0$i
  ip link set p$i master br$i
  ip -n h$i addr add 10.0.$i.2/24 dev q; ip -n h$i link set q up; ip -n h$i route add default via 10.0.$i.1
done
. "$kit/silent.sh"
set -x
ip addr add 10.0.1.1/24 dev br1; ip addr add 10.0.2.1/24 dev br2
ip link set br1 up; ip link set br2 up
ip -br link show br1; ip route
ip link set p1 up; ip link set p2 up; state br1 up; state br2 up
ip -br link; ip route
ip netns exec h1 ping -qc1 -W1 10.0.1.1 | grep -o '[0-9] received'
ip netns exec h1 ping -qc1 -W1 10.0.2.2 | grep -o '[0-9] received'
sysctl -w net.ipv4.ip_forward=1
ip netns exec h1 ping -qc1 -W1 10.0.2.2 | grep -o '[0-9] received'
ip neigh show 10.0.1.2 | sed 's/ [A-Z]*$//'
ip addr add 10.0.7.1/24 dev p1; ip -n h1 addr add 10.0.7.2/24 dev q
ip netns exec h1 ping -qc1 -W1 10.0.7.1 | grep -o '[0-9] received'
ip link set br1 address 02:00:00:00:00:77; ip link show br1
ip -n h1 neigh flush all; ip netns exec h1 ping -qc1 -W1 10.0.1.1 | grep -o '[0-9] received'; ip -n h1 neigh show 10.0.1.1 | sed 's/ [A-Z]*$//'
ip link set br2 mtu 1200; ip link show br2; ip netns exec h1 ping -qc1 -W1 -M do -s 1300 10.0.2.2
ip link set br2 down; ip -br link show br2; ip route
ip link set br2 up; state br2 up; ip -br link show br2
ip link set p2 down; state br2 down; sleep 1.2; ip -br link show br2; ip route
ip netns exec h1 ping -qc1 -W1 10.0.2.2 | grep -o '[0-9] received'
cat /sys/class/net/br1/{type,addr_len,operstate,carrier}
ip -s link show br1 | sed -n '3,6p' | wc -l
