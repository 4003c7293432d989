# Renaming: patterns, clashes, while up, and with addresses on.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip addr add 10.0.0.1/24 dev d0 label d0:one
set -x
ip link set d0 name e0; ip addr show e0
ip link set e0 name 'e%d'; ip -br link
ip link set e1 name e1; ip -br link
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d1 name e1
ip link set d1 name ''
ip link set d1 name .
ip link set d1 name ..
ip link set d1 name 'x:y'
ip link set d1 name 'x y'
ip link set d1 name abcdefghijklmno; ip -br link
ip link set abcdefghijklmno name abcdefghijklmnop
ip link set abcdefghijklmno name 'p%s'
ip link set abcdefghijklmno name 'p%d%d'
ip link set abcdefghijklmno name 'p%d'; ip -br link
ip link set p0 up; ip link set p0 name q0; ip -br link
ls /proc/sys/net/ipv4/conf; ls /proc/sys/net/ipv4/neigh | grep -v default
ls /sys/class/net
ip route
