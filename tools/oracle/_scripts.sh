# Shared by uml.sh and host.sh: `. "$here/_scripts.sh"`. The scripts that they are asked about, the Nth copied to
# $work/N/script, and how what each of them wrote is told.
#
# A script that names `/kit` and has a folder kit beside it finds it there too: `. "$(dirname "$0")/kit/two_hosts.sh"`.
names=()  # of the scripts, the first one at 0
out=''  # the folder of option -o
work=$(mktemp -d "${TMPDIR:-/tmp}/oracle.XXXXXX")

usage() { sed -n '2,/^set -/{/^set -/d;s/^# \{0,1\}//;p}' "$0"; }
die() { echo "${0##*/}: $*" >&2; exit 2; }

add() {  # NAME; the script on standard input
  names+=("$1")
  mkdir "$work/${#names[@]}"
  cat >"$work/${#names[@]}/script"
}

add_command() { add "command-$((${#names[@]} + 1))" <<<"$1"; }

add_file() {  # a path, or - for standard input
  [[ $1 != - ]] || { add stdin; return; }
  [[ -r $1 ]] || die "cannot read $1"
  local name=${1##*/} kit
  kit=$(dirname "$1")/kit
  add "${name%.sh}" <"$1"
  if [[ -d $kit ]] && grep -q /kit "$1"; then cp -r "$kit" "$work/${#names[@]}/kit"; fi
}

tell() {  # N STATUS FILE: what the Nth script wrote is in the file, if that is there
  local name=${names[$(($1 - 1))]}
  if [[ -n $out ]]; then
    mkdir -p "$out"
    cp "$3" "$out/$name.out" 2>/dev/null || : >"$out/$name.out"
    echo "$2" >"$out/$name.rc"
  else
    printf '=== %s\n' "$name"
    cat "$3" 2>/dev/null || true
    printf '=== exit %s\n' "$2"
  fi
}
