# Settings of addresses and devices: names, defaults, inheritance, ranges, permissions, by file and by netlink.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
set -x
ls /proc/sys/net/ipv4/conf/d0
cd /proc/sys/net/ipv4/conf; grep . all/* 2>&1; grep . d0/* 2>&1
sysctl -w net.ipv4.conf.default.rp_filter=2; ip link add d1 address 02:00:00:00:00:d1 type dummy; sysctl net.ipv4.conf.d1.rp_filter net.ipv4.conf.d0.rp_filter
sysctl -w net.ipv4.conf.all.forwarding=1; sysctl net.ipv4.ip_forward net.ipv4.conf.default.forwarding net.ipv4.conf.d0.forwarding
sysctl -w net.ipv4.ip_forward=0; sysctl net.ipv4.conf.d0.forwarding
sysctl -w net.ipv4.conf.d0.arp_ignore=99; sysctl -w net.ipv4.conf.d0.arp_ignore=-5; sysctl net.ipv4.conf.d0.arp_ignore
sysctl -w net.ipv4.conf.d0.arp_ignore=x; sysctl -w net.ipv4.conf.d0.nosuch=1; sysctl -w net.ipv4.conf.nosuch.arp_ignore=1
echo "1 2" > d0/arp_filter; cat d0/arp_filter; echo "" > d0/arp_filter; cat d0/arp_filter; echo 99999999999 > d0/arp_filter; cat d0/arp_filter; printf 0x10 > d0/arp_filter; cat d0/arp_filter
sysctl -w net.ipv4.conf.d0.mc_forwarding=1
stat -c '%A %U %n' d0/mc_forwarding d0/forwarding all
ip netconf show dev d0; ip netconf show all
ip link set d0 name e0; ls; sysctl net.ipv4.conf.e0.arp_ignore
ip link del e0; ls
ip netns add n; ip netns exec n sysctl net.ipv4.conf.default.rp_filter net.ipv4.conf.all.forwarding
