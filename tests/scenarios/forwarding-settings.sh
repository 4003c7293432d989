# Forwarding: of the namespace, of all, of the default, of one device; what follows what, who is told, and what it means
# for packets, for redirects and for new devices.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
cat >show <<'S'
cd /proc/sys/net/ipv4; echo "ip_forward $(cat ip_forward)" $(for d in all default d0 d1 d2; do [ -d conf/$d ] && echo "$d: $(cat conf/$d/forwarding) $(cat conf/$d/accept_redirects) $(cat conf/$d/send_redirects)"; done)
S
( exec stdbuf -oL ip monitor netconf >said 2>&1 ) & pid=$!; sleep 0.5
w() { echo "# $*"; sysctl -qw $*; sh ./show; ip route get 8.8.8.8 from 10.0.0.9 iif d0; }
ip route add default via 10.0.1.9
sh ./show
w net.ipv4.conf.d0.forwarding=1
w net.ipv4.conf.d0.forwarding=5
w net.ipv4.ip_forward=1
w net.ipv4.conf.d0.accept_redirects=1
w net.ipv4.conf.d0.forwarding=0
w net.ipv4.conf.all.forwarding=1
w net.ipv4.ip_forward=2
ip link add d2 address 02:00:00:00:00:d2 type dummy; sh ./show
w net.ipv4.conf.default.forwarding=0
ip link del d2; ip link add d2 address 02:00:00:00:00:d2 type dummy; sh ./show
w net.ipv4.conf.all.forwarding=0
w net.ipv4.conf.d0.forwarding=-1
w net.ipv4.conf.all.accept_redirects=1
w net.ipv4.conf.default.accept_redirects=0
w net.ipv4.conf.all.forwarding=1
w net.ipv4.conf.all.mc_forwarding=1
w net.ipv4.conf.d0.mc_forwarding=1
sysctl -w net.ipv4.conf.d0.forwarding=on
sysctl -w net.ipv4.conf.d0.forwarding=4294967296
sleep 0.3; kill $pid; wait $pid; echo "# said"; cat said
ip netconf show dev d0
ip -j netconf show dev all
ip netconf show default
