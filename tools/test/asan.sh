#!/usr/bin/env bash
# Runs a sanitizer build's test program: asan.sh PROGRAM [ARG...]. A program that hasn't been built is
# skipped (77), or is a failure when LINNET_REQUIRE_ALL is set. Prints only failures and the last lines.
set -euo pipefail

if [[ ! -x $1 ]]; then
  echo "not built: $1 (make asan builds it)"
  [[ -z ${LINNET_REQUIRE_ALL:-} ]] && exit 77
  exit 1
fi
export ASAN_OPTIONS=${ASAN_OPTIONS:-strict_string_checks=1:detect_stack_use_after_return=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
exec "$@" --gtest_brief=1
