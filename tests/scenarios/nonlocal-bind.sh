# Addresses that are not the host's: ip_nonlocal_bind, IP_FREEBIND and IP_TRANSPARENT at bind, at sending and at what comes for them.
. "$(dirname "$0")/kit/begin.sh"
. "$kit/two_hosts.sh" e0
ip -n a route add 10.5.0.0/24 via 10.0.0.2; ip -n b route add local 10.5.0.0/24 dev lo
ip netns exec a sysctl -qw net.ipv4.ping_group_range="0 2147483647"
cat >p.py <<'P'
import socket, struct
from calls import t
from netns import enter, set
from tap import arrived, tap
seen = tap("b", "e0"); enter("a")
def wire(): return [socket.inet_ntoa(p[12:16]) + ">" + socket.inet_ntoa(p[16:20]) for p in arrived(seen)]
kinds = {"udp": (2, 2, 0), "tcp": (2, 1, 0), "raw": (2, 3, 99), "ping": (2, 2, 1)}
for setting in "01":
    set("ip_nonlocal_bind", setting)
    for option in (None, 15, 19):
        for k, v in kinds.items():
            row = []
            for address in ("10.7.7.7", "127.3.3.3", "10.0.0.255", "224.1.1.1", "255.255.255.255", "10.0.0.2", "0.0.0.0"):
                s = socket.socket(*v)
                if option: s.setsockopt(0, option, 1)
                r = t(s.bind, (address, 5000)); sent = ""
                if r is None and k in ("udp", "raw"): s.setsockopt(1, 6, 1); x = t(s.sendto, b"hello", ("10.0.0.2", 6000)); sent = " sent %s %s" % (x, wire())
                row.append("%s=%s%s" % (address, r or "ok", sent)); s.close()
            print("setting %s option %s %s:" % (setting, option, k), *row, sep="\n   ")
set("ip_nonlocal_bind", 0)
print("# what the option says, and without rights"); s = socket.socket(2, 2); print(s.getsockopt(0, 15), s.getsockopt(0, 19), t(s.setsockopt, 0, 19, 1), s.getsockopt(0, 19), t(s.setsockopt, 0, 15, 2), s.getsockopt(0, 15))
print("# to a local route"); enter("b"); u = socket.socket(2, 2); u.bind(("0.0.0.0", 5000)); u.setsockopt(0, 8, 1); w = socket.socket(2, 2); print(t(w.bind, ("10.5.0.9", 5000)), t(w.bind, ("10.5.0.9", 5001))); u.settimeout(1)
enter("a"); o = socket.socket(2, 2); o.bind(("10.0.0.1", 6000)); o.sendto(b"hi", ("10.5.0.77", 5000)); m = u.recvmsg(100, 100); print(m[0], m[3], [(c[0], c[1], socket.inet_ntoa(c[2][4:8]), socket.inet_ntoa(c[2][8:12])) for c in m[1]])
u.sendmsg([b"back"], [(0, 8, struct.pack("I", 0) + socket.inet_aton("10.5.0.77") + bytes(4))], 0, ("10.0.0.1", 6000)); o.settimeout(1); print(o.recvfrom(100))
P
python3 p.py
