"""NETLINK_SOCK_DIAG: requests for sockets as bytes, and what is answered, in lines. inet_diag(7) has the formats; numbers are
of the machine's byte order but for ports and addresses."""
import errno
import socket
import struct

NL = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 4)
NOCOOKIE = 0xffffffff
PAD = 14  # an attribute that some machines need
IN_FULL = (5, 8, 11, 15, 17, 22)  # attributes whose bytes are shown


def addr(text):
    return socket.inet_aton(text) + bytes(12)


def attr(kind, data):
    return struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)


def ident(src="0.0.0.0", sport=0, dst="0.0.0.0", dport=0, dev=0, cookie=(NOCOOKIE, NOCOOKIE)):
    """struct inet_diag_sockid."""
    return struct.pack("!HH", sport, dport) + addr(src) + addr(dst) + struct.pack("III", dev, *cookie)


def v2(protocol=6, states=0xfff, ext=0, family=2, pad=0, **ends):
    """struct inet_diag_req_v2."""
    return struct.pack("BBBBI", family, protocol, ext, pad, states) + ident(**ends)


def v1(family=2, states=0xfff, ext=0, **ends):
    """struct inet_diag_req, the old form."""
    return struct.pack("BBBB", family, 0, 0, ext) + ident(**ends) + struct.pack("II", states, 0)


def talk(body, kind=20, flags=0x300, seq=7):
    """The answers (type, flags, body), and how they end: "done 0", "ack ENOENT", or "one" for what isn't a dump."""
    NL.send(struct.pack("IHHII", 16 + len(body), kind, 1 | flags, seq, 0) + body)
    answers = []
    while True:
        data, at = NL.recv(65536), 0
        while at < len(data):
            length, answer, how, _, _ = struct.unpack_from("IHHII", data, at)
            said = data[at + 16:at + length]
            at += length + 3 & ~3
            if answer in (2, 3):
                code = struct.unpack_from("i", said)[0]
                return answers, ("done " if answer == 3 else "ack ") + errno.errorcode.get(-code, "0")
            answers.append((answer, how, said))
            if not flags & 0x300:
                return answers, "one"


def attrs(data):
    """[(type, bytes)]."""
    found, at = [], 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("HH", data, at)
        found.append((kind, data[at + 4:at + length]))
        at += length + 3 & ~3
    return [a for a in found if a[0] != PAD]


def show(answer):
    """Prints a struct inet_diag_msg and the attributes behind it; returns its cookie."""
    kind, flags, b = answer
    family, state, timer, retrans = struct.unpack_from("4B", b)
    sport, dport = struct.unpack_from("!HH", b, 4)
    src, dst = socket.inet_ntoa(b[8:12]), socket.inet_ntoa(b[24:28])
    dev, c0, c1, _, rq, wq, uid, ino = struct.unpack_from("8I", b, 40)
    names = []
    for k, d in attrs(b[72:]):
        names.append("4=" + d.decode().strip("\0") if k == 4 else "%d=%s" % (k, d.hex()) if k in IN_FULL else "%d" % k)
    print("  ", kind, flags, family, state, timer, retrans, src, sport, dst, dport, "dev", dev, "cookie", bool(c0), c1,
          rq if rq < 100 else "many", wq, uid, bool(ino), " ".join(names))
    return c0, c1


def ask(text, body, **how):
    """Talks, and prints the end and the answers, by state and ports."""
    answers, end = talk(body, **how)
    print(text + ":", end)
    for a in sorted(answers, key=lambda a: (a[2][1], a[2][4:8])):
        show(a)
    return answers
