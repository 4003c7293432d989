# A VLAN device follows the one below: up and down, carrier, loose binding.
. "$(dirname "$0")/kit/begin.sh"
PS4="# "
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth1 address 02:00:00:00:00:02
ip link add link eth0 name v5 type vlan id 5
ip link add link eth0 name v6 type vlan id 6 loose_binding on
ip link add link v5 name v5.7 type vlan id 7
. "$kit/silent.sh"
set -x
ip link set v5 up
ip link set v6 up; ip -br link
ip link set eth0 up; ip link set v5 up; state v5 lowerlayerdown; ip -br link
ip link set eth1 up; state v5 up; state v5.7 up; state v6 up; ip -br link
ip addr add 10.0.5.1/24 dev v5; ip addr add 10.0.6.1/24 dev v6; ip addr add 10.0.7.1/24 dev v5.7; ip route
ip link set eth0 down; ip -br link; ip route
ip link set eth0 up; state v5.7 up; state v6 up; ip -br link; ip route
ip link set v5 down; ip -br link show v5; ip -br link show v5.7
ip link set v5 up; state v5.7 up; ip -br link show v5.7
ip link set eth1 down; state v5.7 lowerlayerdown; state v6 lowerlayerdown; ip -br link; ip route
ip link set eth1 up; state v5.7 up; state v6 up; ip -br link; ip route
ip link set v6 type vlan loose_binding off; ip link set eth0 down; ip -br link
ip link set v5 carrier off
ip link del v5; ip -br link
