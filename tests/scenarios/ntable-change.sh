# ip ntable change: parameters of a device and of the table, what follows for sysctls, and what is refused.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
show() { ip ntable show dev d0 | sed 's/ reachable [0-9]*//'; }
set -x
ip ntable change name arp_cache dev d0 queue 5 retrans 300 base_reachable 20000
show
ip ntable change name arp_cache dev d0 app_probes 1 ucast_probes 2 mcast_probes 4
ip ntable change name arp_cache dev d0 delay_probe 2000 gc_stale 30000 locktime 500
ip ntable change name arp_cache dev d0 anycast_delay 100 proxy_delay 200 proxy_queue 7
show
sysctl net.ipv4.neigh.d0
sysctl -w net.ipv4.neigh.d0.unres_qlen_bytes=5000
ip ntable show dev d0 | grep queue
sysctl -w net.ipv4.neigh.d0.unres_qlen=5
ip ntable show dev d0 | grep queue
ip ntable change name arp_cache dev nosuch retrans 300
ip ntable change name nosuch dev d0 retrans 300
ip ntable change dev d0 retrans 300
ip ntable change name arp_cache dev d0 retrans
ip ntable change name arp_cache dev d0 retrans x
ip ntable change name arp_cache dev d0
ip ntable change name arp_cache
ip netns add b
: what belongs to the machine is not for a namespace to change
ip -n b ntable change name arp_cache thresh1 100
ip -n b ntable change name arp_cache gc_int 5000
ip -n b ntable change name arp_cache retrans 700
ip -n b ntable change name arp_cache dev lo thresh1 100
ip -n b ntable change name arp_cache dev lo retrans 800
ip -n b ntable show dev lo | grep -o "retrans.*"
ip -4 ntable change name arp_cache dev d0 retrans 800
ip -6 ntable change name arp_cache dev d0 retrans 800
ip ntable show dev d0 | grep retrans
