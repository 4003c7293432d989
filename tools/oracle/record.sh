#!/usr/bin/env bash
# Records what Linux 6.1 (user-mode-linux, without IPv6) answers to the scenarios: tests/scenarios/NAME.sh writes
# NAME.out, normalised. Without arguments, all of them anew.
#   tools/oracle/record.sh [SCENARIO.sh...]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
scenarios=$here/../../tests/scenarios
[ $# -gt 0 ] || set -- "$scenarios"/*.sh
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
"$here/uml.sh" -4 -t 120 -o "$out" "$@" || true
for s; do
  name=$(basename "$s" .sh)
  "$here/normalise.py" <"$out/$name.out" >"$scenarios/$name.out"
  echo "recorded $name ($(wc -l <"$scenarios/$name.out") lines)"
done
