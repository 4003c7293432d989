# arp(8) of net-tools: -s, -d, -a, -n, -e, -i, -D, -H, -f, pub, temp, and what goes wrong.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link add d1 address 02:00:00:00:00:d1 type dummy
ip link set d0 up
ip link set d1 up
ip addr add 10.0.0.1/24 dev d0
ip addr add 10.1.0.1/24 dev d1
set -x
arp -n
arp -s 10.0.0.5 02:00:00:00:00:05
arp -i d1 -s 10.1.0.5 02:00:00:00:01:05 temp
arp -i d1 -s 10.0.0.6 02:00:00:00:00:06
arp -s 10.0.0.7 02:00:00:00:00:07 pub
arp -i d0 -s 10.0.0.8 02:00:00:00:00:08 pub
arp -i d0 -Ds 10.0.0.9 d0 pub
arp -Ds 10.0.0.10 d1 pub
arp -s 10.0.0.11 02:00:00:00:00 
arp -s 10.0.0.11 nonsense
arp -s 10.0.0.256 02:00:00:00:00:11
arp -H ether -s 10.0.0.12 02:00:00:00:00:12
arp -H nonsense -s 10.0.0.12 02:00:00:00:00:12
arp -H ax25 -s 10.0.0.12 02:00:00:00:00:12
arp -s 10.0.0.13 02:00:00:00:00:13 netmask 255.255.255.0
arp -s 10.0.0.13 02:00:00:00:00:13 netmask 255.255.255.0 pub
arp -i d0 -s 10.0.0.0 02:00:00:00:00:d0 netmask 255.255.255.255 pub
arp -i d0 -s 0.0.0.0 02:00:00:00:00:d0 netmask 0.0.0.0 pub
sysctl net.ipv4.conf.d0.proxy_arp
arp -i d0 -d 0.0.0.0 netmask 0.0.0.0 pub
sysctl net.ipv4.conf.d0.proxy_arp
arp -n | sort
arp -an | sort
arp -n -i d1 | sort
arp -n 10.0.0.5
arp -n 10.0.0.99
arp -an 10.0.0.99
arp -n -i nosuch
arp -d 10.0.0.5
arp -d 10.0.0.5
arp -i d0 -d 10.0.0.5
arp -i d1 -d 10.1.0.5
arp -d 10.0.0.7 pub
arp -i d0 -d 10.0.0.8 pub
arp -i d1 -d 10.0.0.8 pub
arp -d 10.77.0.1
printf '10.0.0.20 02:00:00:00:00:20\n10.0.0.21 02:00:00:00:00:21 temp\nbad line here\n' >ethers
arp -f ethers
rm -f ethers
arp -n | sort
cat /proc/net/arp | sort
