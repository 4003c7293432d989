# add, change, replace, append-like use and del of one entry, from every state to every other.
exec 2>&1
ip link add d0 address 02:00:00:00:00:d0 type dummy
ip link set d0 up
ip addr add 10.0.0.1/24 dev d0
sysctl -qw net.ipv4.neigh.d0.ucast_solicit=100 net.ipv4.neigh.d0.mcast_solicit=100
A=02:00:00:00:00:0a B=02:00:00:00:00:0b
show() { ip neigh show 10.0.0.2 nud all; }
enter() {
  ip neigh flush all nud all 2>/dev/null
  ip neigh del 10.0.0.2 dev d0 2>/dev/null
  case $1 in
    absent) ;;
    incomplete) ip neigh add 10.0.0.2 use nud none dev d0 ;;
    failed) ip neigh add 10.0.0.2 nud failed dev d0 ;;
    *) ip neigh add 10.0.0.2 lladdr $A nud $1 dev d0 ;;
  esac
}
for from in absent incomplete failed reachable stale noarp permanent; do
  for verb in "add lladdr $B" "change lladdr $B" "replace lladdr $B" "change lladdr $A nud stale" \
    "change nud stale" "replace nud reachable" "change nud noarp" "change nud failed" "change nud permanent" \
    "change lladdr $B nud reachable" "add lladdr $B nud stale" "del"; do
    enter $from
    set -- $verb
    v=$1
    shift
    echo "$from: $verb"
    ip neigh $v 10.0.0.2 "$@" dev d0 || echo "status $?"
    show
  done
done
