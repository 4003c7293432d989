# net.ipv4's settings of routing, ICMP and fragments: default, bounds, and what a write that is out of them, or no number,
# is answered by.
exec 2>&1
cat >bounds.py <<'P'
import errno, os, stat
base = "/proc/sys/net/ipv4/"
names = """fib_multipath_hash_fields fib_multipath_hash_policy fib_multipath_use_neigh fib_notify_on_flag_change fwmark_reflect icmp_echo_enable_probe icmp_echo_ignore_all icmp_echo_ignore_broadcasts icmp_errors_use_inbound_ifaddr
icmp_ignore_bogus_error_responses icmp_ratemask igmp_link_local_mcast_reports igmp_max_memberships igmp_max_msf igmp_qrv ip_autobind_reuse ip_default_ttl ip_dynaddr ip_early_demux ip_forward ip_forward_update_priority ip_forward_use_pmtu ip_no_pmtu_disc
ip_nonlocal_bind ip_unprivileged_port_start ipfrag_max_dist ipfrag_time nexthop_compat_mode raw_l3mdev_accept udp_early_demux udp_l3mdev_accept udp_rmem_min udp_wmem_min route/flush route/min_adv_mss route/min_pmtu route/mtu_expires""".split()
for n in names:
    mode = stat.filemode(os.stat(base + n).st_mode)
    try: first = open(base + n).read().strip()
    except OSError as e: first = errno.errorcode[e.errno]
    out = []
    for v in "0", "1", "2", "3", "-1", "67", "68", "255", "256", "4095", "4096", "65535", "65536", "2147483647", "2147483648", "4294967296", "x", "", " 5", "5 6", "0x10", "010", "1x":
        try:
            with open(base + n, "w") as f: f.write(v)
            got = open(base + n).read().strip()
            if got != v: out.append("%r=%s" % (v, got))
        except OSError as e: out.append("%r:%s" % (v, errno.errorcode[e.errno]))
    print(n, mode, first, *out)
    try: open(base + n, "w").write(first)
    except OSError as e: pass
for n in ("ip_local_port_range", "ping_group_range", "ipfrag_high_thresh", "ipfrag_low_thresh"):
    print(n, open(base + n).read().split())
    for v in "1 2", "2 1", "0 9", "5", "-1 5", "1 65536", "1 2 3", "", "x 1", "1 x", "4194304", "3145727", "9223372036854775807", "4294967295 4294967295":
        try:
            with open(base + n, "w") as f: f.write(v)
            print("   %r" % v, open(base + n).read().split())
        except OSError as e: print("   %r" % v, errno.errorcode[e.errno], open(base + n).read().split())
P
python3 bounds.py
