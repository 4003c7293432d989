# What may not be an address, by message and exit status.
exec 2>&1
try() { "$@"; echo "$? <- $*"; }
ip link add d0 address 02:00:00:00:00:d0 type dummy
try ip addr add 10.0.0.1 dev d0
try ip addr add 10.0.0.1 dev d0
try ip addr add 10.0.0.1/24 dev nosuch
try ip addr add 0.0.0.0/0 dev d0
try ip addr add 224.0.0.1/24 dev d0
try ip addr add 255.255.255.255/32 dev d0
try ip addr add 127.0.0.5/8 dev d0
try ip addr add 10.0.0.1/24 label d1:x dev d0
try ip addr add 10.0.0.1/24 label d0:averylonglabel dev d0
try ip addr add 10.1.0.1/24 broadcast 10.1.0.9 dev d0
try ip addr add 10.2.0.1/24 broadcast - dev d0
try ip addr add 10.3.0.1/24 scope 300 dev d0
try ip addr add 10.3.0.1/24 scope host dev d0
try ip addr add 10.4.0.1/24 peer 10.5.0.1/16 dev d0
try ip addr add 10.4.0.2 peer 10.5.0.2 dev d0
try ip addr add 10.6.0.1/24 preferred_lft 50 valid_lft 10 dev d0
try ip addr add 10.6.0.1/24 valid_lft 0 dev d0
try ip addr add 10.6.0.1/24 nodad home dev d0
try ip addr add 10.6.0.2/24 noprefixroute metric 7 dev d0
try ip addr change 10.7.0.1/24 dev d0
try ip addr replace 10.7.0.1/24 scope link dev d0
try ip addr del 10.7.0.1/25 dev d0
try ip addr del 10.7.0.1 dev d0
try ip addr del 10.9.9.9/24 dev d0
try ip addr add 10.0.0.0/24 dev d0
try ip addr add 10.0.0.255/24 dev d0
try ip addr add local 10.8.0.1/24 dev lo
ip addr
try ip addr show label 'd0*'
try ip addr show scope link
try ip addr show to 10.4.0.0/16
try ip -4 addr show dev d0 primary
try ip addr show permanent
try ip addr show dynamic
try ip -br addr
