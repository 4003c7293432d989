# What guests do with the descriptors of emulated sockets: dup, fork, exec, passing, poll, plain read and write;
# bad arguments; many at once; none left over.
. "$(dirname "$0")/_lib.sh"
need python3

cat "$E2E/programs/descriptors.py" >descriptors.py
timeout 100 "$LINNET" run -- sh -c 'ip link set lo up; exec python3 descriptors.py' >out 2>&1
status=$?
cat out
[ $status = 77 ] && skip "no UDP in this build"
same "all of it" 0 $status
