#!/usr/bin/env bash
# The shared object by which packetdrill drives Linnet: some of the scripts through its table of functions, in real time, by
# the project's own interpreter, and by the public tool where it is installed.
. "$(dirname "$0")/_lib.sh"

tool=$(dirname "$LINNET")/linnet_packetdrill
object=$(dirname "$LINNET")/linnet_packetdrill.so
[ -x "$tool" ] && [ -e "$object" ] || skip "the interpreter or the shared object is not built"
scripts=$E2E/../packetdrill

# In real time a machine that is busy is late now and then: what failed for that gets two more chances.
through_the_table() {
  for _ in 1 2 3; do
    said=$("$tool" --so_filename="$object" --tolerance_usecs=40000 "$@" 2>&1)
    grep -q "timing error" <<<"$said" || return
  done
}

for name in establish/passive establish/active blocking/accept close/half sack/holes window/old-data poll/epoll-edge; do
  through_the_table "$scripts/$name.pkt"
  contains "$name through the table" "1 passed, 0 failed" "$said"
done

through_the_table --so_flags=net.ipv4.tcp_sack=0 "$scripts/sack/holes.pkt"
contains "a setting given by a flag holds" "bad outbound TCP options" "$said"

if command -v packetdrill >/dev/null && [ "$(id -u)" = 0 ]; then
  said=$(packetdrill --so_filename="$object" --tolerance_usecs=40000 "$scripts/blocking/accept.pkt" 2>&1)
  same "the public tool" "" "$said"
fi
