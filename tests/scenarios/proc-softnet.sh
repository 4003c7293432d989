# What /proc/net says of the machine's work and of groups: softnet_stat (a line for each cpu, what it has done, what it had no
# room for), dev_mcast, igmp; nstat -a.
exec 2>&1
ip link set lo up
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set v1 up; sleep 0.3
echo "- softnet_stat"
fields() { awk '{print NF; for (i = 1; i <= NF; i++) printf "%d ", length($i); print ""}' /proc/net/softnet_stat; }
fields
before=$(awk '{print $1}' /proc/net/softnet_stat); ping -qc3 -i 0.05 127.0.0.1 >/dev/null; after=$(awk '{print $1}' /proc/net/softnet_stat)
echo "processed more: $((16#$after - 16#$before >= 6))"
awk '{print "dropped", $2, "squeezed", $3, "rps", $10, "flow limit", $11}' /proc/net/softnet_stat
echo "- groups"
python3 - <<'P'
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for g in "224.1.2.3", "239.0.0.1", "224.1.2.3":
    try: s.setsockopt(0, 35, socket.inet_aton(g) + socket.inet_aton("10.0.0.1"))
    except OSError as e: print(g, e.strerror)
p = socket.socket(17, 3, 0)
for n in range(2): p.setsockopt(263, 1, struct.pack("iHH8s", socket.if_nametoindex("v0"), 0, 6, b"\x01\0\x5e\x7f\0\x07"))
for name in "dev_mcast", "igmp":
    print(name)
    for l in open("/proc/net/" + name):
        f = l.split()
        # Timers and what has been reported change with time.
        print("  ", *(f if name == "dev_mcast" else f[:2] if l.startswith("\t") else f))
P
ip maddr show dev v0
echo "- counters"
nstat -n; ping -qc2 -i 0.05 10.0.0.1 >/dev/null
nstat -a | awk '/^Icmp/ {print $1, $2}'
