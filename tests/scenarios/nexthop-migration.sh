# Buckets that are in use stay with an overweight member until they fall idle, or until the group has been out of balance
# for too long; listeners are told of each that moves later, and of none that moves with the request.
exec 2>&1
ip link set lo up
for i in 0 1; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; ip nexthop add id $((i + 1)) via 10.0.$i.2 dev d$i; done
# Many flows, so that all buckets are in use.
use() { for i in $(seq 100); do echo "route get $1.3.$i"; done | ip -batch - >/dev/null; }
# How many buckets each member has.
share() { ip nexthop bucket show id $1 | grep -o 'nhid [0-9]*' | sort | uniq -c | sed 's/^ *//' | tr '\n' ' '; echo; }
wait_for() { for i in $(seq 60); do share $1 | grep -q "$2" && break; sleep 0.1; done; share $1; }
ip nexthop add id 10 group 1,3/2 type resilient buckets 4 idle_timer 2
ip nexthop add id 11 group 1,3/2 type resilient buckets 4 idle_timer 100 unbalanced_timer 2
ip route add 10.9.0.0/16 nhid 10
ip route add 10.8.0.0/16 nhid 11
ip monitor nexthop > mon &
sleep 0.5
for g in 10:10.9 11:10.8; do
  id=${g%%:*}; net=${g#*:}
  echo "== group $id"
  ip nexthop replace id $id group 1/2 type resilient
  share $id
  ip nexthop replace id $id group 1,3/2 type resilient
  share $id
  # Used later than moved: only then a bucket counts as busy.
  sleep 0.1; use $net
  ip nexthop replace id $id group 1/2 type resilient
  share $id
  # The time is shown in hundredths of a second.
  sleep 0.05
  ip nexthop show id $id | grep -q 'unbalanced_time 0 ' && echo balanced || echo out of balance
  wait_for $id '2 nhid 2'
  ip nexthop show id $id | grep -q 'unbalanced_time 0 ' && echo balanced || echo out of balance
done
sleep 0.3
kill %1; wait
grep -v index mon
grep index mon | sed 's/index [0-3]/index/'
