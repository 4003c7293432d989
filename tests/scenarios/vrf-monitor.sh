# The messages that a VRF and its ports make: links, rule, routes.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:0d type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
ip -o monitor link route neigh rule >messages & sleep 0.5
step() { echo "# $*" >>messages; "$@"; sleep 0.3; }
step ip link add red address 02:00:00:00:00:10 type vrf table 10
step ip link set red up
step ip link set d0 master red
step ip link set d0 nomaster
step ip link set d0 down
step ip link set d0 master red
step ip link set d0 up
step ip link del red
step ip link del d0
kill $!; wait 2>/dev/null
cat messages
