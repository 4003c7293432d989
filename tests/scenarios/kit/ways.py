"""Which of two ways a router sends a packet: it goes in by the device `in`, with r's address 02:00:00:00:02:02, and comes out of
r to d0 or to d1."""
import select
import socket

out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
out.bind(("in", 0))
ways = []
for i in (0, 1):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x800))
    s.bind(("d%d" % i, 0))
    ways.append(s)


def way(packet):
    """0 or 1, or None when nothing comes for three seconds."""
    out.send(bytes.fromhex("0200000002020200000002010800") + packet)
    ready = select.select(ways, [], [], 3)[0]
    if not ready:
        return None
    ready[0].recv(3000)
    return ways.index(ready[0])


def summary(taken):
    """What such answers are together."""
    return "nothing comes" if None in taken else "both ways" if len(set(taken)) == 2 else "one way"
