# IGMP on VLANs, VRFs' ports, tunnels: where reports go, with which source and tag, and which queries are heard.
exec 2>&1
sysctl -qw net.core.fb_tunnels_only_for_init_net=2 2>/dev/null
ip netns add b
ip link add p0 address 02:00:00:00:00:01 type veth peer name p1 netns b address 02:00:00:00:00:02; ip link set lo up; ip link set p0 up; ip -n b link set p1 up; ip addr add 10.0.0.1/24 dev p0; ip -n b addr add 10.0.0.2/24 dev p1; ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev p0
ip netns exec b tcpdump --immediate-mode -Uni p1 -w seen.cap "igmp or (vlan and igmp) or proto 47 or proto 4" >/dev/null 2>e & until grep -qs listening e; do sleep 0.05; done
sysctl -qw net.ipv4.conf.default.igmpv3_unsolicited_report_interval=20 net.ipv4.conf.default.igmpv2_unsolicited_report_interval=20
ip link add link p0 name v5 type vlan id 5 egress-qos-map 0:3 7:6; ip link set v5 up; ip addr add 10.5.0.1/24 dev v5
ip link add r0 type vrf table 10; ip link set r0 up; ip link add link p0 name v6 type vlan id 6; ip link set v6 master r0; ip link set v6 up; ip addr add 10.6.0.1/24 dev v6
ip link add g0 type gre local 10.0.0.1 remote 10.0.0.2 ttl 5; ip link set g0 up multicast on; ip addr add 10.7.0.1/24 dev g0
ip link add t0 type ipip local 10.0.0.1 remote 10.0.0.2; ip link set t0 up; ip addr add 10.8.0.1/24 dev t0
ip link add e0 address 02:00:00:00:09:01 type gretap local 10.0.0.1 remote 10.0.0.2; ip link set e0 up; ip addr add 10.9.0.1/24 dev e0
cat >join.py <<'P'
import socket, struct, sys, time
held = []
for dev in ("v5", "v6", "r0", "g0", "t0", "e0", "lo"):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try: s.setsockopt(0, 35, struct.pack("4s4si", socket.inet_aton("239.1.1.1"), bytes(4), socket.if_nametoindex(dev))); print(dev, "joined")
    except OSError as e: print(dev, e.strerror)
    held.append(s); sys.stdout.flush(); time.sleep(0.3)
open("joined", "w").close(); time.sleep(1)
for dev in ("v5", "v6", "r0", "g0", "t0", "e0"): print(dev, [" ".join(l.split()[:2]) for l in open("/proc/net/igmp") if "010101EF" in l].__len__(), "members"); break
for s in held: s.close(); time.sleep(0.3)
P
sed -i 's/^for dev in ("v5", "v6", "r0", "g0", "t0", "e0"): print.*$/print(sum("010101EF" in l for l in open("\/proc\/net\/igmp")), "members")/' join.py
python3 join.py
for d in r0 g0 t0 e0 p0; do ip maddr show dev $d | grep -v "^[0-9]*:" | sed "s/^/$d/"; done
{ sleep 0.5; kill %1; wait; } 2>/dev/null
# Repetitions come at moments of chance: what was seen for each, once.
tcpdump -nnetvr seen.cap 2>/dev/null | sed 's/, id [0-9]*,/,/' | grep -o 'vlan [0-9]*, p [0-9]*\|> 01:00:5e[0-9a-f:]*\|10\.[0-9.]* > [0-9.]*: \(igmp.*\|GRE[^,]*.*\)\|[0-9.]* > 2[0-9.]*: igmp.*\|tos 0x[0-9a-f]*, ttl [0-9]*\|\[gaddr.*' | LC_ALL=C sort | uniq
