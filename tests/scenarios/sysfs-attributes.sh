# /sys/class/net: every attribute of lo, a veth, a dummy, a bridge port and a VLAN, read; and the writable ones written right and wrong.
exec 2>&1
ip link set lo up
ip link add e0 address 02:00:00:00:00:0a type veth peer name e1 address 02:00:00:00:00:0b; ip link add d0 address 02:00:00:00:00:0d type dummy; ip link add link e0 name e0.5 type vlan id 5; ip link set e0 up; ip link set d0 up
for d in lo e0 e1 d0 e0.5; do echo "## $d"; (cd /sys/class/net/$d; for f in *; do [ -d $f ] && continue; case $f in uevent | gro_flush_timeout | napi_defer_hard_irqs) continue ;; esac; printf '%s: ' $f; cat $f; done); done
for d in lo e0 e0.5; do echo "$d:" $(cat /sys/class/net/$d/uevent); ls /sys/class/net/$d | grep -vE '^(power|queues|subsystem|bridge|brport|gro_flush_timeout|napi_defer_hard_irqs|lower_.*|upper_.*)$' | xargs; done
w() { printf '%s <- %s: ' "$1" "$2"; (printf '%s' "$2" >/sys/class/net/$1) 2>&1 | sed 's/.*: //' | xargs; cat /sys/class/net/$1; }
for v in 1400 67 65535 65536 0x600 -1 x "" " 1500" "1500 " "1500x"; do w e0/mtu "$v"; done
for v in 0x1003 0x1043 0x1103 0x1002 4099 x; do w e0/flags "$v"; done
for v in 0 5 -1 4294967296; do w e0/tx_queue_len "$v"; w e0/group "$v"; done
for v in "a name" "" "$(printf 'x%.0s' $(seq 255))"; do w e0/ifalias "$v"; done
for v in 0 1 2 x; do w e0/carrier "$v"; w d0/carrier "$v"; w lo/carrier "$v"; w e0/proto_down "$v"; w d0/proto_down "$v"; w e0/link_mode "$v"; w e0/threaded "$v"; done
for f in address broadcast ifindex iflink operstate type speed duplex dev_id dormant carrier_changes statistics/rx_packets name_assign_type testing addr_len; do (echo 1 >/sys/class/net/e0/$f) 2>&1 | sed 's/.*: //'; done
ip link set e1 up; cat /sys/class/net/e0/{carrier,operstate,speed,duplex,carrier_changes,carrier_up_count,carrier_down_count}; ip link set e0 name x0; ls /sys/class/net; readlink /sys/class/net/x0 | sed 's/.*virtual/virtual/'; cat /sys/class/net/e0/mtu; ip netns add n; ip link set d0 netns n; ls /sys/class/net; ip netns exec n ls /sys/class/net
