# ip route get for packets of this host: every type of route, every key, with and without fibmatch.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/many_routes.sh"
# All questions at once: they are many. What is refused is told by its line.
{ for d in 10.0.0.9 10.0.0.1 10.0.0.0 10.0.0.255 127.0.0.1 127.255.255.255 0.0.0.0 0.0.0.1 255.255.255.255 224.0.0.1 225.1.1.1 230.1.1.1 240.0.0.1 8.8.8.8 20.2.2.2 20.1.1.1 21.1.1.1 22.1.1.1 23.1.1.1 24.1.1.1 25.1.1.1 26.0.0.255 27.0.0.1 28.1.1.1 30.1.1.1 31.1.1.1; do
  g $d; done
for q in "20.1.1.1 tos 0x10" "20.1.1.1 tos 0x14" "20.1.1.1 tos 0x11" "30.1.1.1 mark 7" "30.1.1.1 mark 0x17" "30.1.1.1 mark 8" "30.1.1.1 uid 77" "30.1.1.1 uid 79" "30.1.1.1 ipproto udp dport 53" "30.1.1.1 ipproto udp sport 53" \
  "30.1.1.1 ipproto tcp sport 150 dport 1" "30.1.1.1 ipproto icmp" "30.1.1.1 ipproto 99" "30.1.1.1 ipproto 17 sport 0" "30.1.1.1 tos 0x08" "30.1.1.1 iif d1 from 10.0.1.7" "30.1.1.1 iif lo" "30.1.1.1 iif lo from 10.0.0.1" "30.1.1.1 from 10.0.0.1 oif d1" \
  "8.8.8.8 from 10.0.1.1" "8.8.8.8 from 127.0.0.1" "8.8.8.8 from 9.9.9.9" "8.8.8.8 from 224.0.0.1" "8.8.8.8 from 0.0.0.0" "8.8.8.8 oif lo" "8.8.8.8 oif d2" "8.8.8.8/24" "8.8.8.8/32" "8.8.8.0/24" "8.8.8.8 from 10.0.0.1/32" "8.8.8.8 from 10.0.0.0/24" \
  "8.8.8.8 iif nosuch" "8.8.8.8 oif nosuch" "8.8.8.8 connected" "8.8.8.8 notify" "8.8.8.8 as 9.9.9.9" "8.8.8.8 iif d0 oif d1" "225.1.1.1 from 10.0.0.1" "230.1.1.1 from 10.0.0.1" "255.255.255.255 from 10.0.1.1" "255.255.255.255 iif d0 from 10.0.0.7" "10.0.0.1 iif lo from 10.0.0.1" "8.8.8.8 vrf nosuch"; do g "$q"; done; } >own
cat -n own; ip -force -batch own
ip -j -p route get 20.2.2.2; ip -d -j route get fibmatch 20.2.2.2; sleep 0.05; ip -s route get 20.2.2.2 | sed "s/age [0-9]*sec/age Nsec/"; ip -o route get 8.8.8.8; ip -N route get 8.8.8.8; ip route get; ip -6 route get 1.2.3.4; ip -4 route get 1.2.3
