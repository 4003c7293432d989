#!/usr/bin/env bash
# Asks Linux the packetdrill scripts: runs each in a namespace of its own, through a TUN device, and says which pass.
#
#   tools/oracle/packetdrill.sh [OPTION...] [SCRIPT...]      all of tests/packetdrill when none is named
#   --on uml|host    Linux 6.1 as a program (the default), or this machine's kernel, which takes root
#   --tool FILE      the interpreter: linnet_packetdrill of this tree's build (the default), or the public packetdrill
#   --tolerance US   how early or late an event may be. The default is wide, because UML's ticks are 10 ms and machines
#                    are shared; a script that allows itself more keeps it.
#
# A script that fails is tried twice more, for the same reason; what fails each time is shown. The exit status is 1 then.
set -euo pipefail

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0"; }
die() { echo "packetdrill.sh: $*" >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
on=uml tool='' tolerance=45000 scripts=()
while [[ $# -gt 0 ]]; do
  case $1 in
    --on) on=$2; shift 2 ;;
    --tool) tool=$2; shift 2 ;;
    --tolerance) tolerance=$2; shift 2 ;;
    -h | --help) usage; exit 0 ;;
    -*) die "unknown option $1 (--help lists them)" ;;
    *) scripts+=("$(realpath "$1")"); shift ;;
  esac
done
[[ ${#scripts[@]} -gt 0 ]] || mapfile -t scripts < <(find "$root/tests/packetdrill" -name '*.pkt' | sort)
if [[ -z $tool ]]; then
  for build in release debug; do
    [[ -n $tool || ! -x $root/build/$build/bin/linnet_packetdrill ]] || tool=$root/build/$build/bin/linnet_packetdrill
  done
fi
[[ -x $tool ]] || die "no interpreter: build linnet_packetdrill, or name one by --tool"
kernel_flag=''
[[ $(basename "$tool") != linnet_packetdrill ]] || kernel_flag=--kernel=host

# What depends on the machine's memory or on how its kernel was built is set as most machines have it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# /tmp inside is not the one outside, so the script carries all it needs with it.
cat >"$work/all.sh" <<'ALL'
one() {
  unshare -n bash -c '
    sysctl -qw net.ipv4.tcp_rmem="4096 131072 6291456" net.ipv4.tcp_wmem="4096 16384 4194304" \
      net.ipv4.tcp_congestion_control=cubic net.ipv4.tcp_max_syn_backlog=512 2>/dev/null
    cd "$(dirname "$0")"
    exec timeout 90 $TOOL "$0"' "$1" 2>&1
}
bad=0 good=0
for f in $SCRIPTS; do
  for try in 1 2 3; do
    said=$(one "$f") && break
    [ $try -lt 3 ] || { echo "$said" | grep -v '^[0-9]* passed'; bad=$((bad + 1)); continue 2; }
  done
  good=$((good + 1))
done
echo "$good passed, $bad failed"
[ $bad = 0 ]
ALL
{ echo "export PATH='$here':\$PATH TOOL='$tool $kernel_flag --tolerance_usecs=$tolerance' SCRIPTS='${scripts[*]}'"; cat "$work/all.sh"; } >"$work/packetdrill.sh"

if [[ $on == host ]]; then
  [[ $(id -u) -eq 0 ]] || die "--on host takes root"
  exec bash "$work/packetdrill.sh"
fi
mkdir "$work/out"
"$here/uml.sh" -4 -t 1500 -o "$work/out" "$work/packetdrill.sh" && result=0 || result=1
sed "s|$root/||" "$work/out/packetdrill.out"
exit $result
