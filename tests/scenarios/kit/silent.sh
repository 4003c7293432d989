# For scenarios under `set -x`: functions of which it shows the call and little or nothing of the work. `. "$kit/silent.sh"`

# capture DEVICE [FILTER]: what the device sees goes to DEVICE.pcap from now on; $filter, or else IPv4, if nothing is said.
capture() {
  { local -; set +x; } 2>/dev/null
  tcpdump --immediate-mode -Uni "$1" -w "$1.pcap" "${2:-${filter:-ip}}" >/dev/null 2>"$1.err" &
  for _ in $(seq 100); do grep -qs listening "$1.err" 2>/dev/null && return; sleep 0.05; done
}

# p ARGUMENT...: pings once, for $w seconds (1) at the most, and tells what doesn't vary.
p() { { local -; set +x; } 2>/dev/null; ping -c1 -W${w:-1} "$@" | sed '/^PING\|^rtt\|^$\|statistics/d; s/ time.*//'; }

# q ARGUMENT...: the same for pings that nobody is to answer.
q() { { local -; set +x; } 2>/dev/null; w=0.3 p "$@"; }

# state DEVICE STATE: waits until the device is in the operational state.
state() {
  { local -; set +x; } 2>/dev/null
  for _ in $(seq 100); do [ "$(cat "/sys/class/net/$1/operstate")" = "$2" ] && return; sleep 0.05; done
}

# settle ADDRESS STATE: waits until the neighbour is in the state, and shows it.
settle() {
  local - && { set +x; } 2>/dev/null
  for _ in $(seq 100); do ip neigh show "$1" nud "$2" | grep -q . && break; sleep 0.05; done
  ip neigh show "$1" nud all
}
