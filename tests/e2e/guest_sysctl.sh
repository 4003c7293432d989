# Settings and status files: reading, writing, and errors that come back at once.
. "$(dirname "$0")/_lib.sh"
need sysctl

world() { timeout 60 "$LINNET" run -- "$@" 2>&1; }
forward=/proc/sys/net/ipv4/ip_forward
world test -e $forward || skip "no $forward in this build"

same "reads" 0 "$(world cat $forward)"
same "writes" 1 "$(world sh -c "echo 1 >$forward; cat $forward")"
same "sysctl reads" "net.ipv4.ip_forward = 0" "$(world sysctl net.ipv4.ip_forward)"
same "sysctl writes" 1 "$(world sh -c "sysctl -qw net.ipv4.ip_forward=1; cat $forward")"
contains "a bad value fails at once" "nvalid argument" "$(world bash -c "echo bad >$forward")"
same "with a status" 1 "$(status_of bash -c "echo bad >$forward")"
contains "sysctl too" "nvalid argument" "$(world sysctl -w net.ipv4.ip_forward=bad)"
long=$(printf '%0200d' 0)bad
contains "a long bad value too" "nvalid argument" "$(world sysctl -w "net.ipv4.ip_forward=$long")"
contains "through tee" "nvalid argument" "$(world sh -c "echo $long | tee $forward")"
same "with few descriptors to have" 1 "$(world bash -c "ulimit -n 64; echo 1 >$forward; cat $forward")"
contains "a setting that is not there" "No such file" "$(world cat /proc/sys/net/ipv4/no_such_setting)"
same "each namespace has its own" "1 0" "$(world sh -c "echo 1 >$forward; cat $forward; unshare -n cat $forward" | xargs)"
same "from the directory" "0 1" "$(world sh -c "cd /proc/sys/net/ipv4; cat ip_forward; echo 1 >ip_forward; cat ip_forward" | xargs)"
same "lists" "ip_forward" "$(world ls /proc/sys/net/ipv4 | grep -x ip_forward)"
same "a directory is one" "directory" "$(world stat -c %F /proc/sys/net/ipv4)"
same "in the order of writing" "1" "$(world sh -c "for i in 0 1 0 1; do echo \$i >$forward; done; cat $forward")"

contains "/proc/net/dev" "lo:" "$(world cat /proc/net/dev)"
contains "/proc/self/net/dev" "lo:" "$(world cat /proc/self/net/dev)"
same "/sys/class/net" "lo" "$(world ls /sys/class/net)"
same "a device's attribute" "$(printf '00:00:00:00:00:00')" "$(world cat /sys/class/net/lo/address)"
contains "a device is a link" "devices/virtual/net/lo" "$(world readlink /sys/class/net/lo)"
same "the host's own files are the host's" "$(cat /proc/sys/kernel/ostype)" "$(world cat /proc/sys/kernel/ostype)"
