#!/usr/bin/env bash
# Asks this machine's own kernel: runs each script as root in fresh network, mount, UTS, IPC and PID namespaces.
# Quicker than uml.sh and with tracepoints, but of whatever version the machine has. Takes the same arguments
# where they make sense here, and prints the same way.
#
#   tools/oracle/host.sh [OPTION...] SCRIPT...     a SCRIPT of - reads standard input
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

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0"; }
die() { echo "host.sh: $*" >&2; exit 2; }

scripts=() names=() out='' limit=60 events='' ipv4_only=0
work=$(mktemp -d "${TMPDIR:-/tmp}/oracle.XXXXXX")
tracing=''
finish() {
  [[ -z $tracing ]] || rmdir "$tracing" || true
  rm -rf "$work"
}
trap finish EXIT

add() {  # NAME; the script on standard input
  names+=("$1")
  scripts+=("$work/script.${#names[@]}")
  cat >"$work/script.${#names[@]}"
}

while [[ $# -gt 0 ]]; do
  case $1 in
    -c) add "command-$((${#names[@]} + 1))" <<<"$2"; shift 2 ;;
    -o) out=$2; shift 2 ;;
    -t) limit=$2; shift 2 ;;
    -e) events=$2; shift 2 ;;
    -4) ipv4_only=1; shift ;;
    -h | --help) usage; exit 0 ;;
    -) add stdin; shift ;;
    -*) die "unknown option $1 (--help lists them)" ;;
    *) [[ -r $1 ]] || die "cannot read $1"; name=${1##*/}; add "${name%.sh}" <"$1"; shift ;;
  esac
done
[[ ${#scripts[@]} -gt 0 ]] || { usage >&2; exit 2; }
[[ $(id -u) -eq 0 ]] || die "needs root (uml.sh doesn't)"

# The script comes in on descriptor 9, because /tmp, where it lies, is hidden from it.
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
cat <&9 >/run/.script
exec 9<&-
exec bash "$SCENARIO" /run/.script
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

here=$(cd "$(dirname "$0")" && pwd)
result=0
[[ -z $out ]] || mkdir -p "$out"
for n in $(seq ${#scripts[@]}); do
  name=${names[$((n - 1))]}
  [[ -z $tracing ]] || echo >"$tracing/trace"
  rc=0
  { LC_ALL=C ORACLE=host SCENARIO=$here/scenario.sh IPV4_ONLY=$ipv4_only timeout -s KILL "$limit" unshare -n -m -u -i -p --fork --kill-child --mount-proc \
      bash -c "$(cat "$work/fresh")" </dev/null 9<"$work/script.$n" >"$work/out" 2>&1; } 2>/dev/null || rc=$?
  [[ $rc -ne 137 ]] || { rc=124; echo "oracle: stopped after $limit s" >>"$work/out"; }
  if [[ -n $tracing ]]; then
    { echo "=== events"; grep -v '^#' "$tracing/trace" || true; } >>"$work/out"
  fi
  if [[ -n $out ]]; then
    cp "$work/out" "$out/$name.out"
    echo "$rc" >"$out/$name.rc"
  else
    printf '=== %s\n' "$name"
    cat "$work/out"
    printf '=== exit %s\n' "$rc"
  fi
  [[ $rc -eq 0 ]] || result=1
done
exit $result
