"""IPv4, ICMP and UDP packets as bytes: built, right or wrong in each field, and told in a line. Numbers are as on the wire
but for the byte order; what isn't given is what makes the packet right, from a to b of two_hosts.sh."""
import socket
import struct


def sum16(data):
    """The Internet checksum (RFC 1071); 0 over data that has the right one in it."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def addr(text):
    return socket.inet_aton(text)


def ip(body, proto=1, src="10.0.0.1", dst="10.0.0.2", ttl=64, tos=0, ident=1, frag=0, options=b"", total=None, ihl=None,
       version=4, check=None):
    """`frag` has flags and offset, `total` and `ihl` the lengths that the header tells (in bytes, in words of four)."""
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH4s4s", version << 4 | (words if ihl is None else ihl), tos,
                       4 * words + len(body) if total is None else total, ident, frag, ttl, proto, 0, addr(src), addr(dst))
    head += options
    return head[:10] + struct.pack("!H", sum16(head) if check is None else check) + head[12:] + body


def icmp(kind, code=0, rest=b"\0\0\0\0", data=b"", check=None):
    """`rest` is the header's second word."""
    message = struct.pack("!BBH", kind, code, 0) + rest + data
    return message[:2] + struct.pack("!H", sum16(message) if check is None else check) + message[4:]


def udp(sport, dport, data=b"", length=None, src="10.0.0.1", dst="10.0.0.2"):
    """The addresses are those of the pseudo header."""
    datagram = struct.pack("!HHHH", sport, dport, 8 + len(data) if length is None else length, 0) + data
    check = sum16(addr(src) + addr(dst) + struct.pack("!HH", 17, len(datagram)) + datagram)
    return datagram[:6] + struct.pack("!H", check or 0xffff) + datagram[8:]


def show(packet):
    """The packet in a line; ICMP with its type, code, second word and whether its checksum is right."""
    body = packet[(packet[0] & 15) * 4:]
    text = "%s>%s" % (socket.inet_ntoa(packet[12:16]), socket.inet_ntoa(packet[16:20]))
    text += (" tos %#x" % packet[1] if packet[1] else "") + (" DF" if packet[6] & 0x40 else "")
    if packet[9] != 1:
        return text + " proto %d, %d bytes" % (packet[9], len(packet))
    return text + " icmp %d/%d %s, %d bytes, sum %s" % (body[0], body[1], body[4:8].hex(), len(packet),
                                                        "right" if sum16(body) == 0 else "wrong")
