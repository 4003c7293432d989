#!/usr/bin/env bash
# Asks this machine's own kernel: runs each script as root in fresh network, mount, UTS, IPC and PID namespaces.
# Quicker than uml.sh and with tracepoints, but of whatever version the machine has. Takes the same arguments
# where they make sense here, and prints the same way.
#
#   tools/oracle/host.sh [OPTION...] SCRIPT...     a SCRIPT of - reads standard input
#   A script that names `/kit` finds the folder kit that is beside it, wherever it is run: tests/scenarios/kit.
#   -c COMMANDS   a script given on the command line (may be repeated)
#   -o DIR        write each script's output to DIR/NAME.out, and its exit status to DIR/NAME.rc, not to stdout
#   -t SECONDS    limit for each script (60); one that exceeds it ends with status 124
#   -4            without IPv6 in the namespace that the script starts in
#   -e EVENTS     record these tracepoints while the scripts run, and print them after `=== events`; for example
#                 -e 'skb:kfree_skb neigh:* fib:fib_table_lookup'. The whole machine's events, not only the
#                 scripts'
#
# Prints, for each script, `=== NAME`, then what the script wrote to stdout and stderr, then `=== exit STATUS`.
# The exit status is 0 if all scripts' are, else 1. Inside: /tmp and /run are the script's own, lo is down at first.
# The variable ORACLE says `host`. Modules are those that the machine has loaded or can load.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/oracle/_scripts.sh
. "$here/_scripts.sh"
limit=60 events='' ipv4_only=0
tracing=''
finish() {
  [[ -z $tracing ]] || rmdir "$tracing" || true
  rm -rf "$work"
}
trap finish EXIT

while [[ $# -gt 0 ]]; do
  case $1 in
    -c) add_command "$2"; shift 2 ;;
    -o) out=$2; shift 2 ;;
    -t) limit=$2; shift 2 ;;
    -e) events=$2; shift 2 ;;
    -4) ipv4_only=1; shift ;;
    -h | --help) usage; exit 0 ;;
    -?*) die "unknown option $1 (--help lists them)" ;;
    *) add_file "$1"; shift ;;
  esac
done
[[ ${#names[@]} -gt 0 ]] || { usage >&2; exit 2; }
[[ $(id -u) -eq 0 ]] || die "needs root (uml.sh doesn't)"

# The script and its kit come in on descriptor 9, as an archive, because /tmp, where they lie, is hidden from them.
cat >"$work/fresh" <<'FRESH'
mount --make-rprivate /
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mount -t sysfs sysfs /sys
mkdir -p /run/netns
if [[ $IPV4_ONLY -eq 1 ]]; then
  for all in /proc/sys/net/ipv6/conf/{all,default}/disable_ipv6; do [[ ! -e $all ]] || echo 1 >"$all"; done
fi
hostname oracle
cd /tmp
mkdir /run/.scenario
tar -x -C /run/.scenario <&9
exec 9<&-
exec bash "$SCENARIO" /run/.scenario/script
FRESH

if [[ -n $events ]]; then
  root=/sys/kernel/tracing
  [[ -e $root/instances ]] || mount -t tracefs tracefs $root || die "no tracefs"
  tracing=$root/instances/oracle.$$
  mkdir "$tracing"
  echo 8192 >"$tracing/buffer_size_kb"
  set -f
  for event in $events; do echo "$event" >>"$tracing/set_event" || die "no tracepoint $event"; done
  set +f
fi

result=0
for n in $(seq ${#names[@]}); do
  tar -c -C "$work/$n" . >"$work/archive"
  [[ -z $tracing ]] || echo >"$tracing/trace"
  rc=0
  { LC_ALL=C ORACLE=host SCENARIO=$here/scenario.sh IPV4_ONLY=$ipv4_only timeout -s KILL "$limit" unshare -n -m -u -i -p --fork --kill-child --mount-proc \
      bash -c "$(cat "$work/fresh")" </dev/null 9<"$work/archive" >"$work/out" 2>&1; } 2>/dev/null || rc=$?
  [[ $rc -ne 137 ]] || { rc=124; echo "oracle: stopped after $limit s" >>"$work/out"; }
  if [[ -n $tracing ]]; then
    { echo "=== events"; grep -v '^#' "$tracing/trace" || true; } >>"$work/out"
  fi
  tell "$n" "$rc" "$work/out"
  [[ $rc -eq 0 ]] || result=1
done
exit $result
