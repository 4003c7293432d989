"""NETLINK_ROUTE, byte by byte: attributes, requests, and what is answered with the extended ack. rtnetlink(7) has the formats;
numbers are of the machine's byte order."""
import errno
import select
import socket
import struct

SOL_NETLINK, CAP_ACK, EXT_ACK, GET_STRICT_CHK = 270, 10, 11, 12
REQUEST, ACK = 1, 4
CAPPED, HAS_TLVS = 0x100, 0x200
ERROR, DONE = 2, 3


def connect(*options):
    """A socket with extended acks and with these options of SOL_NETLINK."""
    s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    s.bind((0, 0))
    for option in (EXT_ACK, *options):
        s.setsockopt(SOL_NETLINK, option, 1)
    return s


def attr(kind, data=b""):
    """An attribute of bytes, of a u32, or of a string with its end."""
    if isinstance(data, int):
        data = struct.pack("I", data & 0xffffffff)
    if isinstance(data, str):
        data = data.encode() + b"\0"
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def attrs(data):
    """[(type, bytes)], up to the first one that makes no sense."""
    found = []
    while len(data) >= 4:
        length, kind = struct.unpack("HH", data[:4])
        if length < 4:
            break
        found.append((kind, data[4:length]))
        data = data[(length + 3) & ~3:]
    return found


def request(s, kind, flags, body, seq=1, wait=10.0):
    """Sends the request with NLM_F_REQUEST and NLM_F_ACK, and returns the answers (type, flags, body): the last one is an ack or
    the end of a dump, unless nothing has come for so many seconds."""
    s.send(struct.pack("IHHII", 16 + len(body), kind, flags | REQUEST | ACK, seq, 0) + body)
    answers = []
    while select.select([s], [], [], wait)[0]:
        data = s.recv(65536)
        while len(data) >= 16:
            length, answer, how, _, _ = struct.unpack("IHHII", data[:16])
            answers.append((answer, how, data[16:length]))
            data = data[(length + 3) & ~3:]
        if any(a[0] in (ERROR, DONE) for a in answers):
            break
    return answers


def verdict(answer):
    """What an ack or an end says: the error's name or "ok", its text, and the offset in the request that it points at, or None."""
    kind, flags, body = answer
    code = -struct.unpack("i", body[:4])[0] if len(body) >= 4 else 0
    # Behind the code an ack has the request's header, and all of the request when it isn't capped.
    behind = 4 if kind == DONE else 20 if flags & CAPPED else 4 + struct.unpack("I", body[4:8])[0]
    text, at = "", None
    for k, data in attrs(body[behind:]) if flags & HAS_TLVS else ():
        if k == 1:
            text = data.rstrip(b"\0").decode()
        if k == 2:
            at = struct.unpack("I", data)[0]
    return errno.errorcode.get(code, str(code)) if code else "ok", text, at


def words(answer):
    """The same in words: `EINVAL: Invalid prefix at 24`."""
    name, text, at = verdict(answer)
    return name + (": " + text if text else "") + ("" if at is None else " at %d" % at)
