"""Network namespaces, from within a process."""
import ctypes

CLONE_NEWNET = 0x40000000


def enter(name):
    """Goes to the namespace that `ip netns` calls so. Sockets stay where they were made."""
    with open("/run/netns/" + name) as f:
        ctypes.CDLL(None).setns(f.fileno(), CLONE_NEWNET)


def set(name, value):
    """Writes the sysctl net.ipv4.NAME (with slashes) of the namespace that the process is in."""
    with open("/proc/sys/net/ipv4/" + name, "w") as f:
        f.write(str(value))
