#!/usr/bin/env bash
# Configures (first time) and builds one preset: build.sh PRESET [JOBS [TARGET...]]. Quiet unless it fails or
# there is a terminal to show progress on.
set -euo pipefail

cd "$(dirname "$0")/.."
preset=$1
jobs=${2:-$(nproc)}
shift $(($# < 2 ? $# : 2))

[[ $preset != fuzz ]] || preset=asan
if [[ ! -f build/$preset/build.ninja ]]; then
  mkdir -p "build/$preset"
  if ! cmake --preset "$preset" >"build/$preset/configure.log" 2>&1; then
    cat "build/$preset/configure.log" >&2
    exit 1
  fi
fi
exec cmake --build "build/$preset" -j "$jobs" -- --quiet "$@"
