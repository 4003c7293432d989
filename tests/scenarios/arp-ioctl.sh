# The ARP table by ioctls, as arp(8) uses them.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
set -x
arp -s 10.0.0.50 02:00:00:00:00:50
arp -i d0 -s 10.0.0.51 02:00:00:00:00:51 temp
arp -s 10.9.0.51 02:00:00:00:00:51
arp -i none -s 10.0.0.51 02:00:00:00:00:51
arp -n -i d0 10.0.0.51
arp -n -i d0 10.0.0.50
ip neigh show 10.0.0.50; ip neigh show 10.0.0.51
arp -i d0 -s 10.0.0.60 02:00:00:00:00:d0 pub
arp -s 10.0.0.61 02:00:00:00:00:99 pub
ip neigh show proxy
arp -i d0 -d 10.0.0.60 pub
ip neigh show proxy
arp -d 10.0.0.50
arp -d 10.0.0.50
arp -i d0 -d 10.0.0.99
ip neigh show 10.0.0.50; ip neigh show 10.0.0.51
