# ip route get for packets that come: by each device, to every type of route, on a host and on a router; with and without fibmatch.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/many_routes.sh"
# All questions at once: they are many. What is refused is told by its line.
{ for d in 10.0.0.9 10.0.0.1 10.0.0.0 10.0.0.255 127.0.0.1 127.255.255.255 0.0.0.0 0.0.0.1 255.255.255.255 224.0.0.1 225.1.1.1 230.1.1.1 240.0.0.1 8.8.8.8 20.2.2.2 20.1.1.1 21.1.1.1 22.1.1.1 23.1.1.1 24.1.1.1 25.1.1.1 26.0.0.255 27.0.0.1 28.1.1.1 30.1.1.1 31.1.1.1; do
  g "$d iif d0 from 10.0.0.7"; echo "route get $d oif d0"; done; } >host
cat -n host; ip -force -batch host
sysctl -qw net.ipv4.ip_forward=1
{ for d in 10.0.0.9 10.0.0.1 10.0.1.9 10.0.0.255 10.0.1.255 127.0.0.1 224.0.0.1 240.0.0.1 8.8.8.8 20.2.2.2 21.1.1.1 22.1.1.1 23.1.1.1 24.1.1.1 25.1.1.1 26.0.0.255 27.0.0.1 225.1.1.1 28.1.1.1 31.1.1.1; do g "$d iif d0 from 10.0.0.7"; g "$d iif d1 from 10.0.1.7 tos 0x10 mark 3"; done; } >router
cat -n router; ip -force -batch router
ip -j -p route get 20.2.2.2; ip -d -j route get fibmatch 20.2.2.2; sleep 0.05; ip -s route get 20.2.2.2 | sed "s/age [0-9]*sec/age Nsec/"; ip -o route get 8.8.8.8; ip -N route get 8.8.8.8; ip route get; ip -6 route get 1.2.3.4; ip -4 route get 1.2.3
