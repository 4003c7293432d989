# Routing tables, rules and `ip route get`: scenarios whose output on Linux 6.1 stands beside them
# (tests/e2e/fib/*.out; recorded by tools/oracle/uml.sh -o tests/e2e/fib tests/e2e/fib/*.sh).
. "$(dirname "$0")/_lib.sh"
need ip sysctl diff

for scenario in "$E2E"/fib/*.sh; do
  name=$(basename "$scenario" .sh)
  timeout 60 "$LINNET" run -- bash "$scenario" >"$name.got" 2>&1
  diff "$E2E/fib/$name.out" "$name.got" >"$name.diff"
  same "$name" "" "$(head -n 30 "$name.diff")"
done
