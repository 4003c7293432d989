# Links made, changed and refused.
exec 2>&1
PS4="# "
set -x
ip link add d0 type dummy
ip link add d0 type dummy
ip link add type dummy
ip link add foo type nosuch
ip link set nosuch up
ip link del lo
ip -d link show dummy0 | sed 's/link\/ether [^ ]*/link\/ether X/'
ip link set d0 mtu 10
ip link set d0 mtu 70000
ip link set d0 mtu 67
ip link set d0 address 01:00:00:00:00:00
 ip link set d0 name lo
ip link set d0 name 'a/b'
ip link set d0 up
ip link set d0 name d1
ip link set d0 address 02:00:00:00:00:55
ip link show d0
