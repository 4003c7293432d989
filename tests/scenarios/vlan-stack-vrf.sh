# VLANs on VLANs in VRFs: the same VLAN inside two outer ones, tags in the frames, errors and fragments of what is too large.
exec 2>&1
ip netns add b
ip link add p0 address 02:00:00:00:00:01 type veth peer name p1 netns b address 02:00:00:00:00:02; ip link set lo up; ip link set p0 up; ip -n b link set p1 up
A=""; B="-n b"; u=1
for n in "" "-n b"; do p=p$((u-1)); for s in 100 200; do
  ip $n link add link $p name s$s type vlan id $s protocol 802.1ad; ip $n link set s$s up; ip $n link add link s$s name c$s type vlan id 7 egress-qos-map 0:$((s/100)); ip $n link add r$s type vrf table $s; ip $n link set r$s up; ip $n link set c$s master r$s; ip $n link set c$s up; ip $n addr add 10.0.0.$u/24 dev c$s; ip $n addr add 10.$((s/100)).0.$u/32 dev r$s; ip $n route add 10.$((s/100)).0.$((3-u))/32 via 10.0.0.$((3-u)) vrf r$s; done; u=2; done
ip -d link show c200 | sed 's/numrxqueues 1 //;s/^[0-9]*: //'; ip -n b -br link show type vlan
tcpdump --immediate-mode -Ueni p0 -w seen.cap >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
p() { echo "# $*"; ping -c1 -W1 "$@" | sed -n '/bytes from/s/time.*//p;/^From/p;/error/p'; }
for s in 100 200; do p -I r$s 10.0.0.2; p -I c$s 10.0.0.2; p -I r$s 10.$((s/100)).0.2; p -I r$s 10.$((300-s)).0.2; done
ip link set c200 mtu 1400; p -I r200 -s 1372 -M do 10.0.0.2; p -I r200 -s 1373 -M do 10.0.0.2; p -I r200 -s 1500 -M dont 10.0.0.2
: another outer tag
ip -n b link del s100; p -I r100 10.0.0.2; ip -n b link show type vlan | grep -o '^[0-9]*: [a-z0-9@]*' | cut -d' ' -f2
ip link set p0 mtu 1300; ip link show c200 | grep -o 'mtu [0-9]*'; ip link set s200 down; ip link show c200 | grep -o 'state [A-Z]*'; ip route show vrf r200; ip link set s200 up; ip route show vrf r200
{ sleep 0.3; kill %1; wait; } 2>/dev/null
tcpdump -nnetvr seen.cap 2>/dev/null | sed 's/, id [0-9]*,/,/' | grep --no-group-separator -A1 'ethertype IPv4'
