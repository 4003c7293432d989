# Time stamps: alone, with addresses, for named routers; and the count of those that found no room.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_routers.sh"
H() { ip netns exec h1 "$@"; }
p() { echo "# ping $*"; H ping -c1 -W1 "$@" | grep -v '^$' | sed 's/time[= ].*//; /^rtt/d; s/-\?[0-9]* absolute/N absolute/; s/\t-\?[0-9]\+$/\tN/; s/-\?[0-9]\+ *not-standard/N not-standard/'; }
p -T tsonly 10.0.2.2
p -T tsandaddr 10.0.2.2
p -T tsprespec 10.0.12.1 10.0.12.2 10.0.2.2
p -T tsprespec 10.0.12.2 10.0.2.2 10.0.2.2
p -T tsonly 10.0.1.1
H nstat -az | awk '/^(Ip[A-Z]|Icmp)/ && !/Ip6|Icmp6|Octets/ && $2 > 0 {print $1, $2}'
