# Rules by user, protocol and ports, for what this host sends and for what it forwards.
exec 2>&1
PS4="# "
ip link set lo up
for i in 0 1 2; do ip link add d$i address 02:00:00:00:00:d$i type dummy; ip link set d$i up; ip addr add 10.0.$i.1/24 dev d$i; done
ip route add default via 10.0.0.9; ip route add default via 10.0.1.9 table 101; ip route add default via 10.0.2.9 table 102
set -x
ip rule add uidrange 1000-1999 lookup 101 prio 10
ip rule add uidrange 0-0 ipproto udp dport 53 lookup 102 prio 11
ip rule add ipproto tcp dport 80-90 lookup 101 prio 12
ip rule add ipproto tcp sport 2000-3000 lookup 102 prio 13
ip rule add ipproto icmp lookup 101 prio 14
ip rule add ipproto 132 sport 7 dport 9 lookup 102 prio 15
ip rule add uidrange 5-4 lookup 101 prio 16
ip rule add dport 0 lookup 101 prio 16
ip rule add dport 5-4 lookup 101 prio 16
ip rule add dport 65535 lookup 101 prio 17
ip rule add sport 1-65535 ipproto gre lookup 101 prio 18
ip rule add not uidrange 0-0 lookup 102 prio 19
ip rule add ipproto 256 lookup 101 prio 20
ip rule
ip route get 8.8.8.8; ip route get 8.8.8.8 uid 1000; ip route get 8.8.8.8 uid 1999; ip route get 8.8.8.8 uid 2000; ip route get 8.8.8.8 uid 999
ip route get 8.8.8.8 ipproto udp dport 53; ip route get 8.8.8.8 ipproto udp dport 54; ip route get 8.8.8.8 ipproto udp dport 53 uid 3
ip route get 8.8.8.8 ipproto tcp dport 79; ip route get 8.8.8.8 ipproto tcp dport 80; ip route get 8.8.8.8 ipproto tcp dport 90; ip route get 8.8.8.8 ipproto tcp dport 91
ip route get 8.8.8.8 ipproto tcp sport 1999 dport 1; ip route get 8.8.8.8 ipproto tcp sport 2000 dport 1; ip route get 8.8.8.8 ipproto tcp sport 3000 dport 80
ip route get 8.8.8.8 ipproto icmp; ip route get 8.8.8.8 ipproto sctp; ip route get 8.8.8.8 ipproto 132 sport 7 dport 9
ip route get 8.8.8.8 from 10.0.0.77 iif d1 ipproto tcp dport 80; ip route get 8.8.8.8 from 10.0.0.77 iif d1 uid 1000
ip rule del ipproto tcp; ip rule del ipproto tcp dport 80-90; ip rule del dport 65535; ip rule del prio 19 uidrange 0-0; ip rule del uidrange 1000-1998; ip rule del uidrange 1000-1999
ip rule
set +x
echo "# from sockets"
sysctl -qw net.ipv4.ip_forward=1
cat >ask.py <<'P'
import os, socket
def name(kind, port, uid, bound=0):
    pid = os.fork()
    if pid: os.waitpid(pid, 0); return
    if uid: os.setuid(uid)
    s = socket.socket(socket.AF_INET, kind)
    if bound: s.bind(("", bound))
    s.setblocking(False)
    try: s.connect(("8.8.8.8", port))
    except BlockingIOError: pass
    except OSError as e: print(kind.name, port, uid, bound, e.strerror, flush=True); os._exit(0)
    print(kind.name, port, uid, bound, s.getsockname()[0], flush=True)
    os._exit(0)
for a in ((socket.SOCK_DGRAM, 53, 0), (socket.SOCK_DGRAM, 54, 0), (socket.SOCK_STREAM, 85, 0), (socket.SOCK_STREAM, 25, 0), (socket.SOCK_STREAM, 25, 0, 2500)): name(*a)
P
python3 ask.py
