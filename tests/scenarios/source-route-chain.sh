# Source routes through three routers, loose and strict, with the setting on, off, and off in the middle; what comes back, what is recorded, errors.
exec 2>&1
n() { ip netns exec "$@"; }
for i in 0 1 2 3; do ip netns add n$i; ip -n n$i link set lo up; n n$i sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.default.accept_source_route=1; done
for i in 0 1 2; do j=$((i + 1))
  ip link add r netns n$i address 02:00:00:00:0$i:01 type veth peer name l netns n$j address 02:00:00:00:0$i:02
  ip -n n$i link set dev r up; ip -n n$j link set dev l up; ip -n n$i addr add 10.0.$i.1/24 dev r; ip -n n$j addr add 10.0.$i.2/24 dev l; done
for i in 0 1; do ip -n n$i route add default via 10.0.$i.2; done
for i in 2 3; do ip -n n$i route add default via 10.0.$((i - 1)).1; done
for i in 0 1 2; do until ip -n n$i link show dev r | grep -q LOWER_UP; do sleep 0.05; done; done
n n0 ping -q -c1 -W1 10.0.2.2 | grep -o '[0-9] received'
cat >sr.py <<'P'
import socket, struct, sys, errno
def ask(kind, hops, to, extra=b""):
    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
    a = [socket.inet_aton(h) for h in hops]
    opt = bytes([kind, 3 + 4 * len(a), 4]) + b"".join(a) + extra
    opt += b"\0" * (-len(opt) % 4)
    s.settimeout(0.2)
    try:
        s.setsockopt(0, 4, opt)
        body = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
        c = 0xffff - sum(struct.unpack("!4H", body)) % 0xffff
        s.sendto(struct.pack("!BBHHH", 8, 0, c, 7, 1), (to, 0))
        while True:
            p, who = s.recvfrom(500)
            h = (p[0] & 15) * 4
            if p[h] == 8: continue
            print(who[0], "type", p[h], "code", p[h + 1], "options", p[20:h].hex())
            return
    except socket.timeout: print("nothing")
    except OSError as e: print(errno.errorcode[e.errno])
for kind, word in ((131, "loose"), (137, "strict")):
    for hops in (["10.0.0.2", "10.0.1.2"], ["10.0.0.2"], ["10.0.1.2"], ["10.0.1.2", "10.0.0.2"], ["10.0.2.2"], ["10.0.0.2", "10.9.9.9"], ["10.0.0.1"], ["224.0.0.1"], ["255.255.255.255"], ["0.0.0.0"], []):
        print(word, *hops, ":", end=" ", flush=True)
        ask(kind, hops, "10.0.2.2")
print("with a record route after it", end=": ", flush=True); ask(131, ["10.0.0.2", "10.0.1.2"], "10.0.2.2", bytes([1, 7, 11, 4] + [0] * 8))
P
n n0 python3 sr.py
for i in 0 1 2 3; do n n$i nstat -az | awk -v n=n$i '/^Ip(InHdrErr|InAddrErr|Forw|InDel|OutNo|InDisc)/ {printf "%s ", $1 "=" $2} END {print n}'; done
echo "# off in the middle"; n n1 sysctl -qw net.ipv4.conf.all.accept_source_route=0; n n0 python3 sr.py 2>/dev/null | head -4
echo "# off by the device"; n n1 sysctl -qw net.ipv4.conf.all.accept_source_route=1 net.ipv4.conf.l.accept_source_route=0; n n0 python3 sr.py 2>/dev/null | head -3
echo "# off at the end"; n n1 sysctl -qw net.ipv4.conf.l.accept_source_route=1; n n3 sysctl -qw net.ipv4.conf.all.accept_source_route=0; n n0 python3 sr.py 2>/dev/null | head -3
