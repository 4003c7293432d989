# Limits on what is answered: rates, masks, ignored echoes, and the counters that show them.
exec 2>&1
ip netns add b
ip link add v0 address 02:00:00:00:00:a0 type veth peer name v1 address 02:00:00:00:00:a1 netns b
ip addr add 10.0.0.1/24 dev v0; ip link set v0 up; ip link set lo up
ip -n b addr add 10.0.0.2/24 dev v1; ip -n b link set v1 up; ip -n b link set lo up; sleep 0.3
b() { ip netns exec b "$@"; }
b sysctl net.ipv4.icmp_ratelimit net.ipv4.icmp_ratemask net.ipv4.icmp_echo_ignore_all net.ipv4.icmp_ignore_bogus_error_responses net.ipv4.icmp_errors_use_inbound_ifaddr
cat >udp.py <<'P'
import socket, sys, time
refused = 0
for i in range(int(sys.argv[1])):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.connect(("10.0.0.2", 9))
    try:
        s.send(b"x"); s.recv(1)
    except ConnectionRefusedError: refused += 1
    except OSError: pass
    s.close()
print("refused", refused)
P
b sysctl -qw net.ipv4.icmp_ratelimit=10000  # so that a slow machine's time earns nobody an answer
echo "# six at once"; python3 udp.py 6
b sysctl -qw net.ipv4.icmp_ratemask=0; echo "# nothing limited"; python3 udp.py 20
b sysctl -qw net.ipv4.icmp_ratemask=1; echo "# only echo replies limited"; python3 udp.py 20
ping -q -c3 -i 0.2 10.0.0.2
b sysctl -w net.ipv4.icmp_echo_ignore_all=1; ping -q -c1 -W1 10.0.0.2
b sysctl -w net.ipv4.icmp_echo_ignore_all=0; b sysctl -qw net.ipv4.icmp_ratelimit=1000; ping -q -c1 -W5 10.0.0.2
b sysctl -w net.ipv4.icmp_ratelimit=-1
b sysctl -w net.ipv4.icmp_ratemask=5000000000
b sysctl -w net.ipv4.icmp_echo_ignore_all=2
b sysctl -w net.ipv4.icmp_echo_ignore_all=256
b nstat -az 2>/dev/null | awk '/^(Icmp|Udp)[A-Z]/ && !/6/ && $2 > 0 {print $1, $2}'
