"""The wire of two_hosts.sh with the port eth0, seen from a: to import it opens a's end and leaves the process in b."""
import socket

from netns import enter
from tap import arrived, tap

inward = tap("a", "eth0")
outward = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
outward.bind(("eth0", 0))
enter("b")


def frame(packet, mac="02000000000b"):
    """Sends the IPv4 packet in a frame to that address, b's."""
    outward.send(bytes.fromhex(mac + "02000000000a0800") + packet)


def heard(wait=0.02):
    """The IPv4 packets that b has sent, until none has come for so many seconds."""
    return arrived(inward, wait)
