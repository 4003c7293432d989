# The messages about rules.
exec 2>&1
ip link add d0 type dummy
ip -o monitor rule >messages & sleep 0.3
ip rule add from 10.0.0.0/8 table 100 pref 10
ip rule add iif d0 goto 20 pref 15
ip rule add to 10.0.0.0/8 prohibit pref 20
ip rule add fwmark 1/3 uidrange 1-2 ipproto udp sport 1-2 dport 3 table 7 suppress_prefixlength 3 protocol 5 pref 30
ip rule del pref 20
ip link del d0
ip rule flush
sleep 0.3; kill $!; wait 2>/dev/null
cat messages; ip rule
