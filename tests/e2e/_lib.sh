# Shared by the end-to-end tests: `. "$(dirname "$0")/_lib.sh"` as their first line. Guests must not need root, so a
# test started by root goes on as an ordinary user. Gives a scratch directory that is also the TMPDIR of what runs,
# and a few words to say what is expected.
set -u

if [ "$(id -u)" = 0 ] && [ "${E2E_KEEP_ROOT:-}" != 1 ]; then
  command -v setpriv >/dev/null || { echo "skipped: started by root, and there is no setpriv"; exit 77; }
  exec setpriv --reuid=65534 --regid=65534 --clear-groups env -u XDG_RUNTIME_DIR HOME=/tmp bash "$0" "$@"
fi
: "${LINNET:?set LINNET to the linnet binary}"
[ -x "$LINNET" ] || { echo "skipped: $LINNET cannot be executed by $(id -un)"; exit 77; }

E2E=$(cd "$(dirname "$0")" && pwd)
export E2E
# In memory where there is such a place: Linnet's private files go to the first of these, so they are under our eyes.
scratch=$(mktemp -d -p /dev/shm 2>/dev/null || mktemp -d) || exit 1
chmod 700 "$scratch"
export TMPDIR=$scratch
unset XDG_RUNTIME_DIR
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$scratch" || exit 1
failures=0

finish() {
  local left
  left=$(find "$scratch" -maxdepth 1 -name 'linnet-*')
  [ -z "$left" ] || { echo "FAILED: left behind: $left"; failures=$((failures + 1)); }
  rm -rf "$scratch"
  [ "$failures" = 0 ] || echo "$failures failed"
  exit $((failures > 0))
}
trap finish EXIT

skip() {
  echo "skipped: $*"
  rm -rf "$scratch"
  trap - EXIT
  exit 77
}

need() {
  local tool
  for tool; do command -v "$tool" >/dev/null || skip "there is no $tool"; done
}

# same WHAT EXPECTED ACTUAL
same() {
  if [ "$2" = "$3" ]; then
    echo "ok: $1"
  else
    printf 'FAILED: %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
    failures=$((failures + 1))
  fi
}

# contains WHAT PART WHOLE
contains() {
  case $3 in
    *"$2"*) echo "ok: $1" ;;
    *)
      printf 'FAILED: %s\n  expected to find: %s\n  in: %s\n' "$1" "$2" "$3"
      failures=$((failures + 1))
      ;;
  esac
}

# The status that CMD ends with in a world.
status_of() {
  timeout 20 "$LINNET" run -- "$@" >/dev/null 2>&1
  echo $?
}
