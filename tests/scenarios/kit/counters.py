"""The counters of /proc/net/snmp and /proc/net/netstat of the namespace that the process is in, as IpInReceives."""
GROUPS = ("Ip", "Icmp", "IcmpMsg", "Udp", "TcpExt", "IpExt")


def count():
    """All of them by name, but for those of bytes."""
    found = {}
    for path in ("/proc/net/snmp", "/proc/net/netstat"):
        with open(path) as f:
            lines = [line.split() for line in f]
        for names, values in zip(lines[::2], lines[1::2]):
            group = names[0][:-1]
            if group in GROUPS:
                found.update({group + n: int(v) for n, v in zip(names[1:], values[1:]) if "Octets" not in n})
    return found


def changes(before, but=("IpInReceives", "IpExtInNoECTPkts")):
    """What has grown since count() said `before`, and by how much: "IpInDelivers+1 IcmpInMsgs+1"."""
    return " ".join("%s+%d" % (k, v - before.get(k, 0)) for k, v in count().items()
                    if v != before.get(k, 0) and k not in but)
