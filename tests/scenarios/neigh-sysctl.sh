# net.ipv4.neigh: which files there are, what they take and refuse, how the plain and the _ms variants go together,
# and how a device gets the defaults.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
at=/proc/sys/net/ipv4/neigh/d0
ls $at
for f in $at/*; do echo "$(stat -c %A $f) ${f##*/} $(cat $f)"; done
for f in $(ls $at | grep -v interval_probe); do
  old=$(cat $at/$f)
  values=(-1 0 100 x '' '100 2' ' 700 ' 0x64)
  [ "$(expr $f : '.*\(solicit\|qlen\)')" = '' ] || values+=(2147483647 2147483648 1)
  for v in "${values[@]}"; do
    { echo "$v" >$at/$f; } 2>/dev/null && echo "$f takes '$v': $(cat $at/$f)" || echo "$f refuses '$v'"
  done
  echo $old >$at/$f
done
for v in -1 0 100 5000 x; do
  { echo $v >$at/interval_probe_time_ms; } 2>/dev/null && cat $at/interval_probe_time_ms || echo "interval_probe_time_ms refuses $v"
done
set -x
echo 2000 >$at/retrans_time_ms; cat $at/retrans_time $at/retrans_time_ms
echo 150 >$at/retrans_time; cat $at/retrans_time $at/retrans_time_ms
echo 20 >$at/base_reachable_time; cat $at/base_reachable_time $at/base_reachable_time_ms
echo 1500 >$at/base_reachable_time_ms; cat $at/base_reachable_time $at/base_reachable_time_ms
echo 10 >$at/unres_qlen; cat $at/unres_qlen
sysctl -w net.ipv4.neigh.d0.nosuch=1
ip link del d0
ls /proc/sys/net/ipv4/neigh | grep -v default
