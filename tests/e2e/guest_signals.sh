# Under a storm of signals each interrupted call either restarts or says EINTR, and messages come once.
. "$(dirname "$0")/_lib.sh"
need cc

cc -O1 -o storm "$E2E/programs/signal_storm.c" || exit 1
# A few may be lost or doubled when a call is interrupted between the answer and its arrival, which the host's
# kernel does not show (docs/design/guests.md); many more without the care that is taken for all other cases.
for mode in restart eintr; do
  timeout 60 "$LINNET" run -- sh -c "ip link set lo up; exec ./storm 5000 100 $mode" >out 2>&1
  status=$?
  [ $status = 77 ] && skip "no UDP in this build"
  [ $status = 0 ] || cat out
  same "storm, $mode" 0 $status
done
