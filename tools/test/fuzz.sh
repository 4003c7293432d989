#!/usr/bin/env bash
# Runs one fuzzer for FUZZ_SECONDS (30): fuzz.sh NAME, where tests/fuzz/NAME.cc is its source. Starts from
# the inputs in tests/fuzz/corpus/NAME, if any, and from what earlier runs found (build/fuzz/corpus/NAME).
# An input that fails is kept in build/fuzz/failures/ and named in the output. A fuzzer that hasn't been built
# is skipped (77), or is a failure when LINNET_REQUIRE_ALL is set.
set -euo pipefail

cd "$(dirname "$0")/../.."
name=$1
program=build/asan/bin/$name
if [[ ! -x $program ]]; then
  echo "not built: $program (make fuzz builds it)"
  [[ -z ${LINNET_REQUIRE_ALL:-} ]] && exit 77
  exit 1
fi

found=build/fuzz/corpus/$name
failures=build/fuzz/failures
mkdir -p "$found" "$failures"
corpora=("$found")
[[ -d tests/fuzz/corpus/$name ]] && corpora+=("tests/fuzz/corpus/$name")
options=(-max_total_time="${FUZZ_SECONDS:-30}" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1
         -artifact_prefix="$failures/$name-" -verbosity=1)
[[ -f tests/fuzz/$name.dict ]] && options+=(-dict="tests/fuzz/$name.dict")
exec "$program" "${options[@]}" "${corpora[@]}"
