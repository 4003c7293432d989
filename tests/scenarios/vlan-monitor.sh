# The messages about a VLAN device and the one below.
exec 2>&1
ip link add d0 address 02:00:00:00:00:0d type dummy
ip -o monitor link >messages & sleep 0.5
step() { "$@"; sleep 1.1; }
step ip link add link d0 name d0.1 type vlan id 1
step ip link set d0 up
step ip link set d0.1 up
step ip link set d0 mtu 1400
step ip link set d0 address 02:00:00:00:00:0e
step ip link set d0 down
step ip link del d0
kill $!; wait 2>/dev/null
cat messages
