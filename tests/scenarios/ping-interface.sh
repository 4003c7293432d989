# ping -I ADDRESS and -I DEVICE: to a host's address wherever it is, to addresses of other devices, to oneself.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_wires.sh"
ip -n b addr add 192.0.2.2/32 dev lo; ip -n b link add d0 address 02:00:00:00:00:d0 type dummy; ip -n b addr add 198.51.100.2/24 dev d0
ip -n a route add 192.0.2.2 via 10.0.0.2; ip -n a route add 198.51.100.0/24 via 10.0.1.2; sleep 0.3
n=0
p() { # several at a time: those that hear nothing take a second
  n=$((n + 1))
  { echo "# ping $*"; ip netns exec a ping -c1 -W0.5 "$@" 2>&1 | grep -E '^PING|from|trans|connect|bind|unknown|Warn|ping:' | sed 's/, time .*//; s/time=.*//'; } >p$n &
}
told() { wait; for i in $(seq $n); do cat p$i; done; n=0; }
p 192.0.2.2; p 198.51.100.2
told
ip -n b link set d0 up
p 198.51.100.2
p -I eth0 198.51.100.2
p -I eth1 192.0.2.2
p -I 10.0.0.1 10.0.1.2
p -I 10.0.1.1 10.0.0.2
p -I eth0 10.0.1.2
p -I eth1 -I 10.0.0.1 10.0.1.2
p -I eth0 -I 10.0.1.1 10.0.1.2
p -I lo 10.0.0.1
p -I lo 10.0.0.2
p -I eth0 10.0.0.1
p -I eth0 10.0.1.1
p -I eth0 127.0.0.1
p -I 127.0.0.1 10.0.0.2
p -I 127.0.0.1 10.0.0.1
p -I 10.0.0.99 10.0.0.2
p -I nosuch 10.0.0.2
p -I 10.0.0.255 10.0.0.2
p -b -I eth0 255.255.255.255
p -b -I 10.0.0.1 255.255.255.255
p -I eth0 8.8.8.8
p 8.8.8.8
told
