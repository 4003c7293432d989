# The other words of ip route add: metric, realm, protocol, scope, TOS, table, source, next hops; out of range, unknown, together.
exec 2>&1
ip link set lo up; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
t() { # one process for all of it
  printf '%s\n' "route replace 10.1.0.0/16 via 10.0.0.2 $*" 'route show 10.1.0.0/16' 'route get 10.1.2.3' 'route flush 10.1.0.0/16' | ip -force -batch - >said; s=$?
  echo "$s <- $*"; sed "s/expires [0-9]*sec/expires Nsec/" said
}
t metric 10; t preference 4; t priority 3; t metric 4294967296; t expires 10; t pref high; t error 5; t realm 3; t realms 3/4; t realm 256; t realm 0; t realm x; t proto 255; t proto 256; t proto nosuch; t scope 256; t scope x; t tos 0x100; t tos 0x03; t dsfield 0x1c; t table 0; t weight 5; t onlink; t pervasive; t offload; t ttl-propagate enabled; t notify; t src 10.0.0.1; t src 10.0.0.9; t src 0.0.0.0; t src 224.0.0.1; t src 10.0.0.255; t src 127.0.0.1; t from 10.0.0.0/8; t from 0.0.0.0/0; t via 10.0.0.3; t dev d0; t oif nosuch; t nexthop via 10.0.0.3; t nexthop; t nexthop weight 3; t nexthop via 10.0.0.3 weight 0; t nexthop via 10.0.0.3 weight 257; t encap nosuch; t as to 1.2.3.4
