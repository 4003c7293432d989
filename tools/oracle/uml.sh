#!/usr/bin/env bash
# Asks the reference kernel: boots Debian's user-mode-linux 6.1 once, on this machine's files, and runs each
# script in it, each in fresh network, mount, UTS, IPC and PID namespaces. Needs no root; a boot takes seconds,
# so ask many questions at once.
#
#   tools/oracle/uml.sh [OPTION...] SCRIPT...      a SCRIPT of - reads standard input
#   A script that names `/kit` finds the folder kit that is beside it, wherever it is run: tests/scenarios/kit.
#   tools/oracle/uml.sh -c 'ip link add d0 type dummy; ip -d link show d0'
#   -c COMMANDS   a script given on the command line (may be repeated)
#   -o DIR        write each script's output to DIR/NAME.out, and its exit status to DIR/NAME.rc, not to stdout
#   -t SECONDS    limit for each script (60); one that exceeds it ends with status 124
#   -i            run in the initial network namespace, a boot for each script: for the sysctls that only
#                 it has, and for state that outlives a namespace
#   -4            without IPv6, for comparison with a stack that has none
#   -m MEMORY     the machine's memory (256M)
#   -v            show the kernel's console on stderr
#
# Prints, for each script, `=== NAME`, then what the script wrote to stdout and stderr, then `=== exit STATUS`.
# The exit status is 0 if all scripts' are, 1 if not, 2 if the kernel didn't boot or didn't end.
#
# Inside: bash, started in an empty /tmp as root; all of this machine's programs; / is read-only; /tmp, /run and
# /dev are the guest's own; modules load on demand (dummy, veth, vrf, 8021q, bridge, sch_*, ip_gre, ipip, nf_tables,
# ...). The fallback tunnel devices (gre0, tunl0 ...) are kept to the initial namespace, so that a script doesn't see
# what another has loaded. lo is down at first, as in any new namespace; with -i too. HZ is 100. The variable ORACLE says `uml`.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=tools/oracle/_scripts.sh
. "$here/_scripts.sh"
limit=60 init_net=0 kernel_args='' memory=256M verbose=0
machine=''
finish() {
  # `timeout` is in a process group of its own, out of Ctrl-C's reach; it passes the signal on to the kernel.
  [[ -z $machine ]] || { kill "$machine" && wait "$machine"; } 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

while [[ $# -gt 0 ]]; do
  case $1 in
    -c) add_command "$2"; shift 2 ;;
    -o) out=$2; shift 2 ;;
    -t) limit=$2; shift 2 ;;
    -4) kernel_args='ipv6.disable=1'; shift ;;
    -m) memory=$2; shift 2 ;;
    -i) init_net=1; shift ;;
    -v) verbose=1; shift ;;
    -h | --help) usage; exit 0 ;;
    -?*) die "unknown option $1 (--help lists them)" ;;
    *) add_file "$1"; shift ;;
  esac
done
[[ ${#names[@]} -gt 0 ]] || { usage >&2; exit 2; }

kernel=${LINNET_UML:-$(command -v linux.uml || true)}
[[ -x $kernel ]] || die "no linux.uml: tools/setup.sh test installs it"
modules=${LINNET_UML_MODULES:-/usr/lib/uml/modules}
PATH=$PATH:/usr/sbin:/sbin command -v modprobe >/dev/null || die "no modprobe: tools/setup.sh test installs it"

way=one
[[ $init_net -eq 0 ]] || way=fresh

# The guest's first process. /mnt is this run's work folder, the only place of the machine it can write to.
cat >"$work/init" <<INIT
#!/bin/bash
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C ORACLE=uml
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t hostfs -o $work none /mnt
mount -t devtmpfs dev /dev 2>/dev/null || mount -t tmpfs dev /dev
[ -e /dev/null ] || { mknod -m 666 /dev/null c 1 3; mknod -m 666 /dev/zero c 1 5; mknod -m 666 /dev/urandom c 1 9; }
[ -e /dev/net/tun ] || { mkdir -p /dev/net; mknod -m 666 /dev/net/tun c 10 200; }
ln -sf /proc/self/fd /dev/fd
mkdir -p /dev/shm /dev/pts
mount -t devpts devpts /dev/pts
mount -t tmpfs tmp /tmp
mount -t tmpfs run /run
mkdir -p /run/.oracle/lib
ln -s $modules /run/.oracle/lib/modules
printf '#!/bin/sh\nexec modprobe -d /run/.oracle "\$@"\n' >/run/.oracle/modprobe
chmod +x /run/.oracle/modprobe
echo /run/.oracle/modprobe >/proc/sys/kernel/modprobe
hostname oracle
# Else gre0, tunl0 and their like would appear in every namespace from the first script on that uses them.
echo 1 >/proc/sys/net/core/fb_tunnels_only_for_init_net
# Its own sysfs, because /sys/class/net is of the namespace it was mounted in.
cat >/run/.oracle/fresh <<'FRESH'
mount -t tmpfs tmp /tmp
mount -t sysfs sysfs /sys 2>/dev/null
# The modules stay reachable: only the rest of /run is the script's own.
mkdir -p /run/netns
cd /tmp
exec bash $here/scenario.sh "\$1"
FRESH
cat >/run/.oracle/one <<'ONE'
exec unshare -n -m -u -i -p --fork --kill-child --mount-proc bash /run/.oracle/fresh "\$1"
ONE
up() { cut -d' ' -f1 /proc/uptime; }
for n in \$(cat /mnt/list); do
  echo "oracle: script \$n at \$(up)" >/dev/console
  # The outer shell swallows bash's own note about a script that was killed.
  { timeout -s KILL $limit bash /run/.oracle/$way /mnt/\$n/script </dev/null >/mnt/out.\$n 2>&1; } 2>/dev/null
  rc=\$?
  [ \$rc != 137 ] || { rc=124; echo "oracle: stopped after $limit s" >>/mnt/out.\$n; }
  echo \$rc >/mnt/rc.\$n
  umount -l /run/netns/* 2>/dev/null
  rm -rf /run/netns
done
echo done >/mnt/done
sync
busybox poweroff -f
INIT
chmod +x "$work/init"

boot() {  # the numbers of the scripts to run
  echo "$@" >"$work/list"
  rm -f "$work/done"
  # Two minutes beside the scripts' own limits: a loaded machine may boot slowly.
  timeout -k 2 $((120 + $# * (limit + 5))) "$kernel" mem="$memory" umid="oracle$$" uml_dir="$work" \
    rootfstype=hostfs rootflags=/ ro init="$work/init" con0=fd:0,fd:1 con=null ssl=null \
    loglevel=4 panic=-1 lsm=yama $kernel_args </dev/null >"$work/console" 2>&1 &
  machine=$!
  wait "$machine" || true
  machine=''
  [[ $verbose -eq 0 ]] || cat "$work/console" >&2
  if [[ ! -f $work/done ]]; then
    echo "uml.sh: the kernel didn't run to its end. Its console:" >&2
    tail -n 30 "$work/console" >&2
  fi
}

numbers=$(seq ${#names[@]})
if [[ $init_net -eq 1 ]]; then
  for n in $numbers; do boot "$n"; done
else
  # shellcheck disable=SC2086
  boot $numbers
fi

result=0
for n in $numbers; do
  rc=$(cat "$work/rc.$n" 2>/dev/null || echo none)
  tell "$n" "$rc" "$work/out.$n"
  case $rc in
    0) ;;
    none) result=2 ;;
    *) [[ $result -eq 2 ]] || result=1 ;;
  esac
done
exit $result
