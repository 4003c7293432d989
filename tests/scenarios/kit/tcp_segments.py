"""TCP segments by hand: sent from the namespace `peer` of tcp_peer.sh, as 10.0.0.2 or another, to port 5000 of 10.0.0.1, and received."""
import socket
import struct
import time

from packets import addr, ip, sum16

wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
wire.bind(("d1", 0x0800))


def send(port, seq, ack, flags, win=65535, options=b"", data=b"", tos=0, src="10.0.0.2"):
    """`options` must be whole words of four bytes."""
    words = 5 + len(options) // 4
    segment = struct.pack("!HHIIBBHHH", port, 5000, seq, ack, words << 4, flags, win, 0, 0) + options + data
    check = sum16(addr(src) + addr("10.0.0.1") + struct.pack("!HH", 6, len(segment)) + segment)
    segment = segment[:16] + struct.pack("!H", check) + segment[18:]
    wire.send(bytes.fromhex("0200000000010200000000020800") + ip(segment, 6, src, "10.0.0.1", tos=tos))


def receive(port, flags=0, seconds=5.0):
    """The next segment to that port with all these flags, as (flags, sequence number); None if none comes in time."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        wire.settimeout(left)
        try:
            frame = wire.recv(10000)
        except TimeoutError:
            return None
        if len(frame) >= 54 and frame[23] == 6 and struct.unpack("!H", frame[36:38])[0] == port and frame[47] & flags == flags:
            return frame[47], struct.unpack("!I", frame[38:42])[0]
    return None
