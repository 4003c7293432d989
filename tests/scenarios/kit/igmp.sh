# A host with members of groups, and what a router hears of them: `. "$kit/igmp.sh"`, on host_and_router.sh. At its end a scenario
# calls `no_more_members`.
. "$kit/host_and_router.sh"
mkfifo ask answer
H python3 "$kit/igmp_member.py" <ask >answer &
exec 3>ask 4<answer
ip netns exec r tcpdump -tlnvQ in -i eth0 --immediate-mode igmp >heard 2>watching &
watcher=$!
until grep -qs listening watching; do sleep 0.05; done
seen=0

# m SOCKET OPTION VALUE...: what igmp_member.py is to do, and how that ended.
m() { echo "$@" >&3; read -r answer <&4; echo "$*: $answer"; }

# told SECONDS: after so long, the reports that the router has heard since the last time, each with how often.
told() { sleep $1; tail -n +$((seen + 1)) heard | grep '>' | sed 's/^ */  /' | sort | uniq -c; seen=$(wc -l <heard); }

# What the host's files say of groups and sources.
filters() { H cat /proc/net/mcfilter | cut -c5-; H grep -A9 eth0 /proc/net/igmp | cut -f2- | sed 's/1:[0-9A-F]\{8\}/1:T/'; }

# query VERSION CODE GROUP...: the router asks (igmp_query.py).
query() { R python3 "$kit/igmp_query.py" "$@"; }

no_more_members() { kill $watcher 2>/dev/null; exec 3>&-; wait; }
