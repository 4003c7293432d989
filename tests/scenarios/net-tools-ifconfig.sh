# ifconfig of net-tools: addresses, aliases, masks, flags, MTU, hardware addresses, what it shows and what it is refused.
exec 2>&1
ip link set lo up
ip link add e0 address 02:00:00:00:00:0a type veth peer name e1 address 02:00:00:00:00:0b; ip link set e1 up
show() { ifconfig "$@" | sed 's/\(packets\) [0-9]*  bytes [0-9]* (.*)/\1 N/'; }
while read -r line; do echo "# $line"; eval "$line"; done <<'L'
ifconfig e0 10.0.0.1; show e0; ip addr show dev e0
ifconfig e0 netmask 255.255.255.0; ip -br addr show dev e0; ip route
ifconfig e0 netmask 255.0.255.0
ifconfig e0 broadcast 10.0.0.99; ip addr show dev e0 | grep inet
ifconfig e0:1 10.0.1.1 netmask 255.255.255.0; ifconfig e0:2 192.168.7.7; show e0:1; show e0:2; ip addr show dev e0
ifconfig e0:1 down; ip addr show dev e0
ifconfig e0:nosuch; ifconfig e0:nosuch up; ifconfig nosuch; ifconfig nosuch 10.0.0.1
ifconfig e0 add 10.0.5.5; ip addr show dev e0 | grep inet; ifconfig e0 del 10.0.5.5; ip addr show dev e0 | grep inet
ifconfig e0 mtu 1400; ifconfig e0 mtu 20; ifconfig e0 txqueuelen 77; ifconfig e0 promisc; show e0; ifconfig e0 -promisc
ifconfig e0 -arp; show e0 | head -1; ifconfig e0 arp; ifconfig e0 allmulti; ifconfig e0 -multicast; show e0 | head -1; ifconfig e0 -allmulti multicast; show e0 | head -1
ifconfig e0 pointopoint 10.0.9.9; show e0; ifconfig e0 -pointopoint; ip addr show dev e0 | grep inet; ip route
ifconfig e0 hw ether 02:00:00:00:00:aa; ifconfig e0 hw ether 01:00:00:00:00:aa; ip link show dev e0 | tail -1
ifconfig e0 metric 3; ifconfig e0 mem_start 0x1000; ifconfig e0 irq 5; ifconfig e0 dynamic; ifconfig e0 trailers
ifconfig e0 10.0.2.1/24; ip -br addr show dev e0; ifconfig e0 10.0.2.1/40; ifconfig e0 1.2.3.4.5; ifconfig e0 0.0.0.0; ip -br addr show dev e0
ifconfig e0 127.0.0.9; ifconfig e0 224.0.0.9; ifconfig e0 255.255.255.255; ip -br addr show dev e0
ifconfig e0 down; ip -br link show dev e0; show; show -a; ifconfig -s -a | awk '{ print $1, $2, NF }'; ifconfig e0 up; ip -br link show dev e0
ip link set e1 name "e1:x"; ip link set e1 name e_1; ifconfig e_1 down; ifconfig lo down; ip -br addr show lo; ifconfig lo 127.0.0.1 up; ip -br addr show lo
ifconfig lo:5 10.7.7.7 netmask 255.255.255.255; ip addr show dev lo; ifconfig lo:5 0.0.0.0; ip addr show dev lo
L
