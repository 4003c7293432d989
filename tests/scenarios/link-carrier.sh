# A pair's carrier and operational states, as one end and then the other goes up and down.
exec 2>&1
PS4="# "
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1
ip addr add 10.0.0.1/24 dev v0
state() {
  sleep 0.2
  ip -br link show v0; ip -br link show v1
  for d in v0 v1; do echo $d $(cat /sys/class/net/$d/{operstate,carrier,carrier_changes,dormant,link_mode} 2>&1); done
  ip route
}
set -x
state 2>&1 | grep -v '^#'
ip link set v0 up; state 2>&1 | grep -v '^#'
ip link set v1 up; state 2>&1 | grep -v '^#'
ip link set v0 down; state 2>&1 | grep -v '^#'
ip link set v0 up; state 2>&1 | grep -v '^#'
ip link set v1 down; state 2>&1 | grep -v '^#'
ip route get 10.0.0.9
sysctl -w net.ipv4.conf.v0.ignore_routes_with_linkdown=1
ip route get 10.0.0.9
ip route
ip link set v1 up; sleep 0.2; ip route get 10.0.0.9
ip link set v0 mode dormant; ip link show v0
ip link set v0 state dormant; ip link show v0
ip link set v0 mode default; ip link show v0
ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip -br link show d0
ip link set d0 carrier off; sleep 0.2; ip -br link show d0
ip link set d0 carrier on; sleep 0.2; ip -br link show d0
ip link set v0 carrier off
