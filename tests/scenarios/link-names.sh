# Names, pairs, aliases, alternative names, flags.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
set -x
ip link add v0 type veth peer name v0
ip link add v1 type veth peer name v2 mtu 1400
ip -br link | awk '{print $1,$2}'
ip link del v1
ip -br link | awk '{print $1,$2}'
ip link set d0 alias "an alias"
ip link set d0 txqlen 55
ip link set d0 group 7
ip link show d0
ip link property add dev d0 altname averylongalternativename
ip link show averylongalternativename
ip link set dev d0 promisc on
ip link show d0
ip -s -s link show d0
