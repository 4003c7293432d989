# How a run begins and ends: exit statuses, signals, what outlives the command, what is left behind.
. "$(dirname "$0")/_lib.sh"

same "success" 0 "$(status_of true)"
same "an exit status" 7 "$(status_of sh -c 'exit 7')"
same "not found" 127 "$(status_of no-such-command)"
same "not executable" 126 "$(status_of /etc/passwd)"
same "nothing to run" 2 "$("$LINNET" run >/dev/null 2>&1; echo $?)"
same "an unknown option" 2 "$("$LINNET" run --no-such-option true >/dev/null 2>&1; echo $?)"
same "-- may be left out" hello "$("$LINNET" run echo hello)"
same "options after the command are the command's" "--seed" "$("$LINNET" run -- echo --seed)"
contains "an error names its object" "no-such-command" "$("$LINNET" run no-such-command 2>&1)"

# Ended by a signal: whoever waits for linnet sees the same signal.
for signal in TERM KILL SEGV; do
  same "ended by $signal" "$((128 + $(kill -l $signal)))" \
    "$(sh -c '"$0" run -- sh -c "kill -$1 \$\$" 2>/dev/null; echo $?' "$LINNET" $signal 2>/dev/null)"
done
[ -z "$(find . -name 'core*')" ] || same "no core file of linnet's" "" "$(ls)"

same "standard input" "in and out" "$(echo in and out | "$LINNET" run -- cat)"
same "arguments and environment" "a b:c" "$(X=c "$LINNET" run -- sh -c 'echo "$1:$X"' sh 'a b')"
same "a descriptor" "inherited" "$("$LINNET" run -- sh -c 'echo inherited >&5' 5>&1 >/dev/null)"
same "the limit on descriptors is the caller's" "$(ulimit -n)" "$("$LINNET" run -- sh -c 'ulimit -n')"
same "a signal ignored before stays ignored" "yes" \
  "$(sh -c 'trap "" INT; exec "$0" run -- sh -c "kill -INT \$\$; echo yes"' "$LINNET")"
same "SIGINT is not ignored otherwise" "" "$("$LINNET" run -- sh -c 'kill -INT $$; echo yes' 2>/dev/null)"

# A descendant that outlives the command keeps the world.
same "waits for the last" "first last" "$("$LINNET" run -- sh -c '(sleep 0.3; echo last) & echo first' | tr '\n' ' ' | sed 's/ $//')"
same "with the command's own status" 3 "$(status_of sh -c 'sleep 0.2 & exit 3')"
same "an orphan's orphan" "late" "$("$LINNET" run -- sh -c 'sh -c "(sleep 0.2; echo late) &" &')"

# SIGTERM is passed on.
"$LINNET" run -- sh -c 'trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done' >out &
run=$!
for _ in $(seq 100); do grep -q ready out && break; sleep 0.05; done
kill -TERM $run
wait $run
same "the command answers SIGTERM" "5 got TERM" "$? $(tail -1 out)"

# The supervisor's sudden end ends the command.
"$LINNET" run -- sh -c 'echo $$ >pid; exec sleep 60' &
run=$!
for _ in $(seq 100); do [ -s pid ] && break; sleep 0.05; done
kill -KILL $run
wait $run 2>/dev/null
for _ in $(seq 100); do kill -0 "$(cat pid)" 2>/dev/null || break; sleep 0.05; done
same "killed with its supervisor" gone "$(kill -0 "$(cat pid)" 2>/dev/null && echo alive || echo gone)"
rm -rf linnet-*
