# What a sender hears when a device will not take his packet, because the other end of a veth is too small for it: by the veth
# itself, by a bridge whose port it is, and by a VLAN on it.
exec 2>&1
ip netns add b; ip link add v0 type veth peer name v1 netns b; ip link add br0 type bridge; ip link set v0 master br0
ip addr add 10.0.0.1/24 dev br0; ip link set v0 up; ip link set br0 up; ip -n b link set v1 up; ip -n b link set v1 mtu 500
ip link add link v0 name v0.5 type vlan id 5; ip link set v0.5 up; ip addr add 10.5.0.1/24 dev v0.5; sleep 0.5
for d in br0 10.0.0.2 v0.5 10.5.0.2; do [[ $d == 10* ]] && ip neigh replace $d lladdr 02:00:00:00:00:09 dev $last nud permanent; last=$d; done
cat >send.py <<'P'
import errno, socket, sys
for dev in "v0", "br0", "v0.5":
    for option in None, 20:  # PACKET_QDISC_BYPASS
        s = socket.socket(17, 3, 0)
        s.bind((dev, 0))
        if option: s.setsockopt(263, option, 1)
        try:
            r = s.send(b"\2" * 12 + b"\x88\xb5" + b"x" * 1400)
        except OSError as e:
            r = errno.errorcode[e.errno]
        print("packet socket", dev, "past the queue" if option else "", r)
for to in "10.0.0.2", "10.5.0.2":
    for recverr in 0, 1:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(0, 11, recverr)
        try:
            r = s.sendto(b"x" * 1400, (to, 9))
        except OSError as e:
            r = errno.errorcode[e.errno]
        print("UDP", to, "with errors" if recverr else "", r)
P
python3 send.py
for to in 10.0.0.2 10.5.0.2; do ping -c1 -W0.2 -s 1400 $to | head -3 | sed 's/time .*//'; done
for d in v0 br0 v0.5; do echo "$d $(cat /sys/class/net/$d/statistics/tx_dropped)"; done
nstat -asz IpOutDiscards UdpSndbufErrors UdpOutDatagrams | sed 's/ *[^ ]*$//'
