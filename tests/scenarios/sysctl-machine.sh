# oracle: -i
# Settings that the machine has once, or that need a device to offload to: present, bounded, and what may be seen of them.
exec 2>&1
cat >p.py <<'P'
import errno, os, stat
base = "/proc/sys/net/ipv4/"
for n in "fib_sync_mem fib_notify_on_flag_change tcp_early_demux inet_peer_minttl inet_peer_maxttl conf/all/bootp_relay conf/default/bootp_relay conf/all/tag conf/lo/tag conf/all/medium_id conf/lo/disable_policy conf/lo/disable_xfrm conf/all/mc_forwarding conf/all/arp_evict_nocarrier route/gc_elasticity route/gc_interval route/gc_min_interval route/gc_thresh route/max_size".split():
    mode = stat.filemode(os.stat(base + n).st_mode); out = []
    try: first = open(base + n).read().strip()
    except OSError as e: first = errno.errorcode[e.errno]
    for v in "0", "1", "2", "3", "-1", "255", "256", "65535", "65536", "67108864", "67108865", "2147483647", "2147483648", "x", "", "1 2":
        try:
            with open(base + n, "w") as f: f.write(v)
            got = open(base + n).read().strip()
            if got != v: out.append("%r=%s" % (v, got))
        except OSError as e: out.append("%r:%s" % (v, errno.errorcode[e.errno]))
    print(n, mode, first, *out)
    try: open(base + n, "w").write(first)
    except OSError as e: pass
def rw(n, v=None):
    if v is not None: open(base + n, "w").write(v)
    return open(base + n).read().strip()
a, b = "route/gc_min_interval", "route/gc_min_interval_ms"
print("one setting in two units:", rw(a, "3"), rw(b), rw(b, "5500"), rw(a), rw(b, "500"), rw(a))
P
python3 p.py
ip netns add a; ip -n a link add d0 type dummy; ip -n a link set d0 up; ip -n a addr add 10.0.0.1/24 dev d0
ip netns exec a ls /proc/sys/net/ipv4 | grep -c -e fib_sync_mem -e inet_peer
for v in 0 1 2; do ip netns exec a sysctl -w net.ipv4.fib_notify_on_flag_change=$v
ip -n a monitor route >m & until grep -qs "" /proc/$!/net/netlink && [ "$(awk -v p=$! '$3 == p' /proc/$!/net/netlink | wc -l)" = 1 ]; do sleep 0.05; done
ip -n a route add 10.1.0.0/16 via 10.0.0.2; ip -n a route replace 10.1.0.0/16 via 10.0.0.3; ip -n a route change 10.1.0.0/16 via 10.0.0.4; ip -n a route del 10.1.0.0/16; sleep 0.2; kill $!; wait $! 2>/dev/null; cat m; done
sysctl net.ipv4.fib_sync_mem
