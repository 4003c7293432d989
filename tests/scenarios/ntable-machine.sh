# The table's own parameters, in the first namespace: thresholds and gc_interval by ip ntable and by sysctl, the defaults
# of devices, and which devices follow a default that changes.
# oracle: -i
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
table() { ip -s ntable show name arp_cache | awk '/^inet/ {n++} n == 1' | grep -v 'hash\|last\|config\|stats\|reachable\|lookups\|periodic\|grows\|^$'; }
set -x
ip ntable change name arp_cache thresh1 100
ip ntable change name arp_cache thresh1 101 thresh2 200 thresh3 300 gc_int 5000
table
sysctl net.ipv4.neigh.default.gc_thresh1 net.ipv4.neigh.default.gc_thresh2 net.ipv4.neigh.default.gc_thresh3
sysctl net.ipv4.neigh.default.gc_interval
sysctl -w net.ipv4.neigh.default.gc_thresh3=400 net.ipv4.neigh.default.gc_thresh1=0
sysctl -w net.ipv4.neigh.default.gc_thresh3=-1
sysctl -w net.ipv4.neigh.default.gc_interval=7
table
ip ntable change name arp_cache dev d0 thresh1 100
ip ntable change name arp_cache dev d0 retrans 800
ip ntable change name arp_cache retrans 700
sysctl net.ipv4.neigh.default.retrans_time_ms net.ipv4.neigh.d0.retrans_time_ms net.ipv4.neigh.lo.retrans_time_ms
sysctl -w net.ipv4.neigh.default.retrans_time_ms=600
sysctl net.ipv4.neigh.default.retrans_time_ms net.ipv4.neigh.d0.retrans_time_ms net.ipv4.neigh.lo.retrans_time_ms
sysctl -w net.ipv4.neigh.d0.retrans_time_ms=500
sysctl -w net.ipv4.neigh.default.retrans_time=90
sysctl net.ipv4.neigh.d0.retrans_time_ms net.ipv4.neigh.lo.retrans_time_ms
sysctl -w net.ipv4.neigh.default.ucast_solicit=5 net.ipv4.neigh.default.unres_qlen=7
sysctl net.ipv4.neigh.d0.ucast_solicit net.ipv4.neigh.d0.unres_qlen_bytes
ip link add d1 type dummy
sysctl net.ipv4.neigh.d1.ucast_solicit net.ipv4.neigh.d1.unres_qlen net.ipv4.neigh.d1.retrans_time_ms
ip netns add b
sysctl net.ipv4.neigh.lo.ucast_solicit
ip -n b link add d2 type dummy
ip netns exec b sysctl net.ipv4.neigh.d2.ucast_solicit net.ipv4.neigh.lo.ucast_solicit
ls /proc/sys/net/ipv4/neigh/default
