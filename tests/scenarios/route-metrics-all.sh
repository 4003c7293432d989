# Every metric a route may have: its bounds, how it is shown, and what route get makes of it.
exec 2>&1
ip link set lo up; ip link add d0 address 02:00:00:00:00:d0 type dummy; ip link set d0 up; ip addr add 10.0.0.1/24 dev d0
t() { # one process for all of it
  printf '%s\n' "route replace 10.1.0.0/16 via 10.0.0.2 $*" 'route show 10.1.0.0/16' 'route get 10.1.2.3' 'route flush 10.1.0.0/16' | ip -force -batch - >said; s=$?
  echo "$s <- $*"; sed "s/expires [0-9]*sec/expires Nsec/" said
}
for m in mtu advmss hoplimit; do for v in 0 1 67 255 256 65495 65496 65535 4294967295 4294967296 x; do t $m $v; done; t $m lock 100; t $m lock 0; done
for m in window ssthresh initcwnd reordering; do for v in 0 1 4294967295 x; do t $m $v; done; t $m lock 10; done; t cwnd 10; t cwnd lock 10; t initrwnd 10
for m in rtt rttvar rto_min; do for v in 0 1 1.5s 250us 100000ms x; do t $m $v; done; t $m lock 10ms; done
for v in 0 1 2 255 -1; do t quickack $v; t fastopen_no_cookie $v; done; t quickack lock 1
for v in ecn nosuch ECN 1 ecn,ecn; do t features $v; done; t features ecn mtu 1400
for v in cubic reno nosuch averyveryverylongname lock; do t congctl $v; done; t congctl lock cubic; t congctl lock reno mtu lock 1400
t mtu 1400 advmss 900 hoplimit 20 window 7 rtt 20ms rttvar 10ms ssthresh 3 cwnd 5 initcwnd 4 initrwnd 9 reordering 8 rto_min 40ms quickack 1 features ecn congctl reno
ip -j -p route replace 10.1.0.0/16 via 10.0.0.2 mtu lock 1400 congctl reno features ecn rtt 20ms; ip -j -p -d route show 10.1.0.0/16
