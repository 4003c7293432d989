# ip ntable show: the table's defaults and each device's, how defaults are inherited, by device and name.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
set -x
ip ntable show dev d0
ip ntable show dev lo name arp_cache
ip -s ntable show dev d0 | grep -v reachable
ip ntable show dev nosuch
ip ntable show name nosuch
ip ntable show name arp_cache dev d0 | grep -c arp_cache
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip ntable show | grep dev
ip link set d1 name e1
ip ntable show | grep dev
ip link del d0
ip ntable show | grep dev
