# Flags that are set and cleared by name, and how they are shown by ip, ifconfig and the files.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
set -x
for f in "arp off" "multicast off" "allmulticast on" "promisc on" "dynamic on" "trailers off" "up" "arp on" "multicast on" "allmulticast off" "promisc off" "down"; do
  ip link set d0 $f; ip -o link show d0 | cut -d'>' -f1; cat /sys/class/net/d0/flags
done
ip link set lo arp off
ip -o link show lo | cut -d'>' -f1
ip link set d0 arp maybe
ip link set d0 promisc on; ip link set d0 promisc on; ip -d link show d0 | grep -o 'promiscuity [0-9]*'
ip link set d0 promisc off; ip -d link show d0 | grep -o 'promiscuity [0-9]*'
ifconfig d0 10.0.0.1 netmask 255.255.255.0 up; ip addr show d0
ifconfig d0 -arp allmulti; ip -o link show d0 | cut -d'>' -f1
ifconfig d0 down; ip -o link show d0 | cut -d'>' -f1
ifconfig d0
ip link show up
ip link show type dummy
