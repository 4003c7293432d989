# What tcpdump can listen on, and what it does to a device meanwhile: promiscuity, as ip shows and as monitors hear.
exec 2>&1
ip link set lo up
ip link add d0 address 02:00:00:00:00:03 type dummy
ip link add d1 address 02:00:00:00:00:04 type dummy
ip link set d0 up
# The numbers depend on what else is there to listen on.
tcpdump -D | grep -v d1 seen | sed 's/^[0-9]*\.//' | grep -E '^(lo|d0|d1|any) '
ip -o monitor link >seen &
monitor=$!
for _ in $(seq 100); do ip link set d1 mtu 1400; ip link set d1 mtu 1500; [ -s seen ] && break; sleep 0.05; done
promisc() { ip -d link show d0 | grep -o 'promiscuity [0-9]*'; ip link show d0 | grep -o '<.*>'; }
listen() {
  : >err
  tcpdump -Z root -i d0 -w /dev/null "$@" 2>err &
  for _ in $(seq 100); do grep -q "listening on" err && break; sleep 0.05; done
}
promisc
listen
one=$!
promisc
listen
two=$!
promisc
listen -p
three=$!
promisc
kill $one; wait $one
promisc
kill $two $three; wait $two $three
promisc
ip link set d0 promisc on
listen
promisc
ip link set d0 promisc off
promisc
ip link del d0
wait $!
cat err
sleep 0.3
kill $monitor
grep -v d1 seen | sed 's/^[0-9]*: *//; s/link\/ether.*//'
