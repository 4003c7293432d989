# tcpdump beside a ping: on a device, on all of them, with addresses, with a filter, from a file; what it counts.
exec 2>&1
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip netns add b
ip link set v1 netns b
ip addr add 10.0.0.1/24 dev v0
ip link set v0 up
ip -n b addr add 10.0.0.2/24 dev v1
ip -n b link set v1 up
# ARP out of the way: what remains is in a fixed order.
ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev v0 nud permanent
ip -n b neigh add 10.0.0.1 lladdr 02:00:00:00:00:01 dev v1 nud permanent

# dump ARGUMENTS...: runs tcpdump around a ping of two packets, and shows what it printed and counted.
dump() {
  echo "# tcpdump $*"
  : >err
  tcpdump -Z root -l -tn "$@" >out 2>err &
  for _ in $(seq 100); do grep -q "listening on" err && break; sleep 0.05; done
  ping -qc 2 -i 0.2 10.0.0.2 >/dev/null
  wait
  sed 's/id [0-9]*, seq/id ID, seq/' out
  cat err
}
dump -i v0 -c 4
dump -i v0 -c 4 -e
dump -i any -c 4
dump -i any -c 4 -e
dump -i v0 -c 2 -Q in
dump -i v0 -c 2 -Q out
dump -i v0 -c 2 'icmp[icmptype] = icmp-echoreply'
dump -i v0 -c 2 --immediate-mode -s 34
dump -i v0 -c 4 -w file -U
tcpdump -tenr file 2>&1 | sed 's/id [0-9]*, seq/id ID, seq/'
echo "# errors"
tcpdump -i nosuch
tcpdump -i v0 'no such filter'
ip link set v0 down
tcpdump -i v0
