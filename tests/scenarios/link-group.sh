# Groups, aliases and alternative names: many devices at once.
exec 2>&1
PS4="# "
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; done
set -x
ip link set d0 group 5; ip link set d1 group 5
ip link show group 5
ip link set group 5 up
ip -br link
ip link set group 5 mtu 1200
ip -br link show group 5; cat /sys/class/net/d0/{mtu,netdev_group}
ip link set group 99 up
ip link del group 5
ip -br link
ip link del group 0
ip link set d2 alias "uplink to the world"
ip link show d2; cat /sys/class/net/d2/ifalias
echo from the file > /sys/class/net/d2/ifalias; ip link show d2
ip link set d2 alias ""
ip link show d2
ip link property add dev d2 altname second altname third
ip link property add dev d2 altname second
ip link show third
ip link add second type dummy
ip link set second name fourth
ip link show
ip link property del dev fourth altname third
ip link property del dev fourth altname third
ip link show dev fourth
ip link property add dev fourth altname 'a b'
ip link property add dev fourth altname ''
