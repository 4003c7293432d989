"""The IPv4 packets that arrive at a device."""
import select
import socket

from netns import enter


def tap(namespace, device):
    """A socket for what the device sees from now on; the process is left in the namespace."""
    enter(namespace)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x800))
    s.bind((device, 0x800))
    return s


def arrived(s, wait=0.02):
    """The packets, without frames, until none has come for so many seconds; not those that the device's own host has sent."""
    got = []
    while select.select([s], [], [], wait)[0]:
        packet, where = s.recvfrom(70000)
        if where[2] != socket.PACKET_OUTGOING:
            got.append(packet)
    return got
