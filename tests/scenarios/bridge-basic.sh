# A bridge with three ports: what ip and bridge show of it, addresses and MTU that follow the ports, a ping across, a
# ping to the bridge itself, ports that leave.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
port() {
  ip link add p$1 address 02:00:00:00:01:0$1 type veth peer name q$1 address 02:00:00:00:02:0$1
  ip netns add h$1
  ip link set q$1 netns h$1
  ip -n h$1 addr add 10.0.0.$1/24 dev q$1
  ip -n h$1 link set q$1 up
}
port 1; port 2; port 3
# Timers run, and what a kernel leaves to the other side of a device differs.
details() { { local -; set +x; } 2>/dev/null; ip -d link show $1 | sed -E 's/(forward_delay_timer|gc_timer) +[0-9.]+/\1 T/g; s/ (gso|tso|gro)_.*//; s/numrxqueues [0-9]+ *//'; }
. "$kit/silent.sh"
set -x
ip link add br0 address 02:00:00:00:00:99 type bridge
details br0
ip link del br0
ip link add br0 type bridge
ip link set p1 master br0
details p1
ip link set p2 master br0
ip link set p3 master br0
details br0
ip link set br0 up
ip link set p1 up; ip link set p2 up; ip link set p3 up
state br0 up
bridge link show
bridge -d link show dev p2
ip link show master br0 | grep -o '^[0-9]*: p[0-9]'
ip netns exec h1 ping -qc 1 10.0.0.2 | grep received
ip netns exec h3 ping -qc 1 10.0.0.2 | grep received
bridge fdb show br br0 | grep -v 01:00:5e
ip addr add 10.0.0.254/24 dev br0
ping -qc 1 10.0.0.3 | grep received
ip neigh show dev br0 | sed 's/[A-Z]*$//'
ip -n h1 neigh show 10.0.0.254 | sed 's/[A-Z]*$//'
ip link set p1 nomaster
ip link show br0
ip netns exec h1 ping -qc 1 -W 1 10.0.0.2 | grep received
ip link set p3 down
bridge link show
bridge fdb show br br0 | grep -v 01:00:5e
ip link set p3 mtu 1400
ip link show br0
ip link del p3
ip link show br0
ip link del br0
ip link show p2
