"""IGMP messages in frames of the router of host_and_router.sh."""
import socket

from packets import ip

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)


def send(message, to):
    """Sends the message to the group, or to the host 10.0.0.1, with TTL 1 and the option Router Alert, as RFC 2236 wants it."""
    address = socket.inet_aton(to)
    mac = b"\2\0\0\0\0\1" if to == "10.0.0.1" else b"\1\0\x5e" + bytes([address[1] & 0x7f]) + address[2:]
    packet = ip(message, 2, "10.0.0.2", to, ttl=1, tos=0xc0, ident=0, frag=0x4000, options=b"\x94\4\0\0")
    wire.sendto(mac + b"\2\0\0\0\0\2\x08\0" + packet, ("eth0", 0x800))
