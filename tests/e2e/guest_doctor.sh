# What linnet says of the machine, of itself, and when it cannot work.
. "$(dirname "$0")/_lib.sh"

out=$("$LINNET" doctor)
same "doctor's status" 0 $?
contains "a needed thing" "ok                  seccomp user notification" "$out"
contains "an optional thing is marked or there" "TAP devices" "$out"
same "no needed thing is missing" "" "$(echo "$out" | grep ^MISSING)"

# In a world there is a supervisor already, and the host's kernel allows no second.
out=$("$LINNET" run -- "$LINNET" doctor)
same "doctor's status in a world" 1 $?
contains "says why" "MISSING             seccomp user notification" "$out"
contains "says what to do" "fix: another supervisor" "$out"
out=$("$LINNET" run -- "$LINNET" run -- true 2>&1)
same "a world in a world is refused" 125 $?
contains "and doctor recommended" "linnet doctor" "$out"

contains "help" "Usage: linnet COMMAND" "$("$LINNET" --help)"
contains "help of run" "--attach DEV=tap:NAME" "$("$LINNET" run --help)"
contains "version" "linnet " "$("$LINNET" --version)"
same "an unknown command" 2 "$("$LINNET" no-such-command >/dev/null 2>&1; echo $?)"
