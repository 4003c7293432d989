# Addresses that end: preferred and valid lifetimes, their change, their notifications.
exec 2>&1
PS4="# "
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip monitor addr route >seen & monitor=$!
sleep 0.3
set -x
ip addr add 10.0.0.1/24 dev d0 valid_lft 2 preferred_lft 1
ip addr add 10.0.1.1/24 dev d0 valid_lft forever preferred_lft 1
ip addr add 10.0.2.1/24 dev d0 valid_lft 2
ip -o addr show d0 | grep -c dynamic
ip addr change 10.0.2.1/24 dev d0 valid_lft forever preferred_lft forever
{ for i in $(seq 60); do ip addr show d0 | grep -q 10.0.0.1 || break; sleep 0.1; done; } 2>/dev/null
ip addr show d0
ip route
ip addr change 10.0.1.1/24 dev d0 preferred_lft forever
ip addr show d0
ip route get 8.8.8.8
ip route get 10.0.1.9
{ kill $monitor; wait $monitor; } 2>/dev/null
set +x
sed 's/valid_lft [12]sec/valid_lft Nsec/;s/preferred_lft [012]sec/preferred_lft Nsec/' seen
