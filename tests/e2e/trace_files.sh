# What `linnet run` writes down, and who may ask: --pcap as tshark and capinfos read it, --trace as JSON lines, the live
# path, questions from outside a world, and what is said when nobody can answer.
. "$(dirname "$0")/_lib.sh"
need ip ping sysctl python3

mkdir bin && ln -s "$LINNET" bin/linnet && export PATH=$scratch/bin:$PATH
pair='ip link set lo up; ip netns add b; ip -n b link set lo up
  ip link add v0 address 02:00:00:00:00:0a type veth peer name v1 netns b address 02:00:00:00:00:0b
  ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip -n b addr add 10.0.0.2/24 dev v1; ip -n b link set v1 up
  '

timeout 60 linnet run --pcap all.pcapng --trace all.json -- bash -c "$pair
  ping -c 1 -W 2 10.0.0.2; ip netns exec b sysctl -qw net.ipv4.conf.v1.rp_filter=1
  ip addr add 172.16.0.1/32 dev v0; ping -c 1 -W 1 -I 172.16.0.1 10.0.0.2" >/dev/null 2>&1

same "each line of --trace is JSON with its step" "True True True" "$(python3 -c '
import json
lines = [json.loads(l) for l in open("all.json")]
steps = [(l["node"], l["dev"], l["function"]) for l in lines if "packet" in l]
print(("init", "v0", "ip_output") in steps, ("b", "v1", "ip_rcv") in steps,
      any(l.get("reason") == "IP_RPFILTER" for l in lines))')"

if command -v tshark >/dev/null && command -v capinfos >/dev/null; then
  same "capinfos knows the devices by name and namespace" "init:v0 b:v1 9" "$(capinfos -M all.pcapng 2>&1 |
    awk '/Description =/ { printf "%s ", $3 } /file timestamp precision|File timestamp precision/ { gsub(/[()]/, "", $5); p = $5 } END { print p }')"
  same "tshark reads both directions of a ping" "init:v0 out 8
b:v1 in 8
b:v1 out 0
init:v0 in 0" "$(tshark -n -r all.pcapng -Y 'icmp and ip.src != 172.16.0.1' -T fields -e frame.interface_description \
      -e frame.packet_flags_direction -e icmp.type 2>/dev/null |
      awk '{ print $1, $2 ~ /1$/ ? "in" : "out", $3 }')"
  same "a dropped frame says so" "b:v1 dropped: IP_RPFILTER, reverse-path filter: the source is not reached by this device" \
    "$(tshark -n -r all.pcapng -Y frame.comment -T fields -e frame.interface_description -e frame.comment 2>/dev/null |
      tail -1 | tr '\t' ' ')"
  same "nothing in it is malformed" "" "$(tshark -n -r all.pcapng -Y '_ws.malformed' 2>&1 | grep -v 'Running as')"
else
  echo "not tried: tshark and capinfos are not installed"
fi

same "a file that cannot be written is named, and nothing runs" "125 linnet run: cannot write /nowhere/x: No such file or directory" \
  "$(linnet run --pcap /nowhere/x -- touch ran 2>err; echo "$?" "$(cat err)" "$(ls ran 2>/dev/null)" | sed 's/ $//')"

# The live path: one block by its count, the namespace as a word.
same "the live path of one packet in one namespace" "b arp reply 10.0.0.2 is-at 02:00:00:00:00:0b    (packet N)
  b     v1    arp_send             tells 10.0.0.1" "$(timeout 60 linnet run -- bash -c "$pair
  linnet trace -c 1 b 'arp and src 10.0.0.2' >live & p=\$!
  for _ in \$(seq 50); do ping -c 1 -W 1 10.0.0.2 >/dev/null; ip neigh flush all; kill -0 \$p 2>/dev/null || break; sleep 0.1; done
  wait \$p; cat live" 2>&1 | sed -E 's/\(packet [0-9.]+(, [0-9.]+ s ago)?\)/(packet N)/')"

# From outside. Other tests may run worlds of the same user beside these, so it is never "the only one" here.
mkfifo go1 go2
linnet run -- bash -c "$pair ping -c 1 -W 2 10.0.0.2 >/dev/null; : >ready1; read _ <go1" & one=$!
linnet run -- bash -c ": >ready2; read _ <go2" & two=$!
for _ in $(seq 200); do [ -e ready1 ] && [ -e ready2 ] && break; sleep 0.1; done
contains "of several worlds one must be named" "several worlds of yours run; name one: --world" "$(linnet drops 2>&1)"
contains "and is, by its process" "init 10.0.0.1 > 10.0.0.2 icmp echo request" "$(linnet why --world $one 'src 10.0.0.1 and icmp' 2>&1)"
contains "which must be a world's" "no world of yours is process 1" "$(linnet why --world 1 2>&1)"
echo >go2; wait $two
contains "a world that ended cannot be asked" "no world of yours is process $two" "$(linnet drops --world $two 2>&1)"
contains "the other still can" "nothing was dropped" "$(linnet drops --world $one 2>&1)"
echo >go1; wait $one
same "a world that does not record says so" "1 linnet why: this world does not record (\`linnet run --record 0\`?)" \
  "$(linnet run --record 0 -- bash -c 'linnet why 2>err; echo $? $(cat err)')"
