# `linnet why` after pings that fail: what it says of a router that doesn't forward, routes that refuse, a TTL that
# ran out, a neighbour that nobody is, and two ports of one host.
. "$(dirname "$0")/_lib.sh"
need ip ping sysctl

mkdir bin && ln -s "$LINNET" bin/linnet && export PATH=$scratch/bin:$PATH
# Ids of pings and numbers of packets differ from run to run.
world() { timeout 60 "$LINNET" run -- bash -c "$1" 2>&1 | sed -E 's/ id [0-9]+,/ id ID,/; s/\(packet [0-9.]+(, [0-9.]+ s ago)?\)/(packet N)/; s/ +$//'; }

router='for n in h1 r1 h2; do ip netns add $n; ip -n $n link set lo up; done
  ip link add eth1 netns h1 address 02:00:00:00:01:02 type veth peer name eth1 netns r1 address 02:00:00:00:01:01
  ip link add eth1 netns h2 address 02:00:00:00:02:02 type veth peer name eth2 netns r1 address 02:00:00:00:02:01
  ip -n h1 addr add 10.0.1.2/24 dev eth1; ip -n r1 addr add 10.0.1.1/24 dev eth1
  ip -n r1 addr add 10.0.2.1/24 dev eth2; ip -n h2 addr add 10.0.2.2/24 dev eth1
  ip -n h1 link set eth1 up; ip -n h2 link set eth1 up; ip -n r1 link set eth1 up; ip -n r1 link set eth2 up
  ip -n h1 route add default via 10.0.1.1; ip -n h2 route add default via 10.0.2.1
  for n in h1 h2; do ip netns exec $n sysctl -qw net.ipv4.neigh.eth1.retrans_time_ms=200; done
  ping() { ip netns exec h1 ping -c 1 -W 1 "$@" >/dev/null; }
  on() { ip netns exec r1 sysctl -qw net.ipv4.ip_forward=1; }
  '

same "a router that does not forward" "\
h1 10.0.1.2 > 10.0.2.2 icmp echo request 56 bytes, id ID, seq 1    (packet N)
  h1    eth1  ip_output             route 0.0.0.0/0 via 10.0.1.1 dev eth1 (table main)
  h1    eth1  neigh_resolve_output  10.0.1.1 NONE, waits for ARP
  h1    eth1  neigh_resolve_output  10.0.1.1 REACHABLE 02:00:00:00:01:01
  r1    eth1  ip_rcv
  r1    eth1  ip_route_input        rule 32766 → table main → 10.0.2.0/24 dev eth2
  r1    eth1  ip_error              DROPPED  forwarding is off on eth1
              reason: IP_INADDRERRORS
              setting: net.ipv4.ip_forward = 0, net.ipv4.conf.eth1.forwarding = 0
              fix: sysctl -w net.ipv4.ip_forward=1    (in r1)" \
  "$(world "$router ping 10.0.2.2; linnet why last")"

same "a blackhole, by its route" "\
  r1    eth1  ip_route_input        rule 32766 → table main → blackhole 10.7.0.0/16
  r1    eth1  ip_error              DROPPED  the blackhole route 10.7.0.0/16 in table main (rule 32766)
              reason: NOT_SPECIFIED
              fix: ip route del blackhole 10.7.0.0/16    (in r1)" \
  "$(world "$router on; ip -n r1 route add blackhole 10.7.0.0/16; ping 10.7.1.1; linnet why" | tail -n +6)"

same "a rule that prohibits, and the error that says so" "\
  r1    eth1  ip_route_input        rule 100 → prohibit
  r1    eth1  ip_error              DROPPED  rule 100 says prohibit to packets for 10.0.2.2
              reason: NOT_SPECIFIED
              fix: ip rule del pref 100    (in r1)
  r1 10.0.1.1 > 10.0.1.2 icmp packet filtered    (packet N)
    r1    eth1  icmp_send             packet filtered to 10.0.1.2" \
  "$(world "$router on; ip -n r1 rule add pref 100 to 10.0.2.0/24 prohibit; ping 10.0.2.2; linnet why" | tail -n +6 | head -6)"

same "a TTL that ran out" "\
  r1    eth1  ip_forward            DROPPED  the TTL ran out here
              reason: IP_INHDR
              also: net.ipv4.ip_default_ttl = 64
              note: it was sent with TTL 1 by h1" \
  "$(world "$router on; ping -t 1 10.0.2.2; linnet why" | tail -n +7 | head -4)"

same "a neighbour that nobody is" "\
  r1    eth2  neigh_resolve_output  10.0.2.9 NONE, waits for ARP
  r1    eth2  arp_error_report      DROPPED  10.0.2.9 did not answer: asked 3 times by ARP on eth2
              reason: NEIGH_FAILED
              setting: net.ipv4.neigh.eth2.mcast_solicit = 3
              also: net.ipv4.neigh.eth2.retrans_time_ms = 100
  r1 arp who-has 10.0.2.9 tell 10.0.2.1    (packet N)    3 alike, this is the last
    r1    eth2  arp_send             who-has 10.0.2.9
    h2    eth1  arp_process          10.0.2.9 is not ours" \
  "$(world "$router on; ip netns exec r1 sysctl -qw net.ipv4.neigh.eth2.retrans_time_ms=100
     ping 10.0.2.9; linnet why" | grep -A7 'eth2  neigh_resolve' | head -8)"

ports='ip link set lo up
  ip link add eth0 address 02:00:00:00:00:e0 type veth peer name eth1 address 02:00:00:00:00:e1
  ip addr add 192.168.0.2/24 dev eth0; ip addr add 192.168.0.3/24 dev eth1; ip link set eth0 up; ip link set eth1 up
  sysctl -qw net.ipv4.neigh.eth0.retrans_time_ms=100
  try() { ip neigh flush all; ping -I eth0 -c 1 -W 2 192.168.0.3 >/dev/null; linnet why last; }
  '
same "two ports of one host" "\
init 192.168.0.2 > 192.168.0.3 icmp echo request 56 bytes, id ID, seq 1    (packet N)
  init  eth0  ip_output             route 192.168.0.0/24 dev eth0 (table main)
  init  eth0  neigh_resolve_output  192.168.0.3 NONE, waits for ARP
  init  eth0  arp_error_report      DROPPED  192.168.0.3 did not answer: asked 3 times by ARP on eth0
              reason: NEIGH_FAILED
              setting: net.ipv4.neigh.eth0.mcast_solicit = 3
              also: net.ipv4.neigh.eth0.retrans_time_ms = 100
  init arp who-has 192.168.0.3 tell 192.168.0.2    (packet N)    3 alike, this is the last
    init  eth0  arp_send             who-has 192.168.0.3
    init  eth1  arp_process          NOT ANSWERED  fib_validate_source: martian source, 192.168.0.2 is this host's own address (on eth0) and came in by eth1
                reason: IP_LOCAL_SOURCE
                setting: net.ipv4.conf.all.accept_local = 0, net.ipv4.conf.eth1.accept_local = 0
                also: net.ipv4.conf.{all,eth1}.rp_filter = 0,0, net.ipv4.conf.{all,eth1}.arp_ignore = 0,0, net.ipv4.conf.{all,eth1}.arp_filter = 0,0
                fix: sysctl -w net.ipv4.conf.eth1.accept_local=1    (in init)" \
  "$(world "$ports try" | sed '/icmp host unreachable/,$d')"

same "and past ARP, with the neighbour entered by hand" "\
init 192.168.0.2 > 192.168.0.3 icmp echo request 56 bytes, id ID, seq 1    (packet N)
  init  eth0  ip_output             route 192.168.0.0/24 dev eth0 (table main)
  init  eth0  neigh_resolve_output  192.168.0.3 PERMANENT 02:00:00:00:00:e1
  init  eth1  ip_rcv
  init  eth1  ip_route_input        DROPPED  fib_validate_source: martian source, 192.168.0.2 is this host's own address (on eth0) and came in by eth1
              reason: IP_LOCAL_SOURCE
              setting: net.ipv4.conf.all.accept_local = 0, net.ipv4.conf.eth1.accept_local = 0
              also: net.ipv4.conf.{all,eth1}.rp_filter = 0,0
              fix: sysctl -w net.ipv4.conf.eth1.accept_local=1    (in init)" \
  "$(world "$ports ip neigh replace 192.168.0.3 lladdr 02:00:00:00:00:e1 nud permanent dev eth0
     ping -I eth0 -c 1 -W 1 192.168.0.3 >/dev/null; linnet why last")"

same "the fixes, one after the other, mend it" "\
arp_process NOT ANSWERED fix: sysctl -w net.ipv4.conf.eth1.accept_local=1
arp_process NOT ANSWERED fix: sysctl -w net.ipv4.conf.eth1.rp_filter=2
arp_process NOT ANSWERED fix: sysctl -w net.ipv4.conf.eth1.arp_ignore=0
1 received" "$(world "$ports sysctl -qw net.ipv4.conf.eth1.rp_filter=1 net.ipv4.conf.eth1.arp_ignore=8
  for turn in 1 2 3; do
    try >story; fix=\$(grep -m 1 -o 'fix: sysctl -w [^ ]*' story)
    echo \$(grep -o 'arp_process *NOT ANSWERED' story) \$fix; \${fix#fix: } >/dev/null
  done
  ip neigh flush all; ping -I eth0 -c 1 -W 2 192.168.0.3 | grep -o '1 received'")"
