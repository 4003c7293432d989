"""Sets one multicast option of a socket for each line of standard input, and says "ok" or the error: SOCKET OPTION, then what the
option is given: addresses, ints (n:), sockaddrs (s:), indices (i:). The sockets have names; SOCKET `close` closes one."""
import socket
import struct
import sys

OPTIONS = dict(join=35, leave=36, unblock=37, block=38, join_source=39, leave_source=40, msfilter=41, gjoin=42, gblock=43,
               gunblock=44, gleave=45, gjoin_source=46, gleave_source=47, gfilter=48)


def value(word):
    kind, _, rest = word.rpartition(":")
    if kind == "n":
        return struct.pack("i", int(rest))
    if kind == "i":
        return struct.pack("ixxxx", int(rest))
    if kind == "s":
        return struct.pack("HH4s120x", socket.AF_INET, 0, socket.inet_aton(rest))
    return socket.inet_aton(word)


sockets = {}
for line in sys.stdin:
    who, what, *words = line.split()
    try:
        if what == "close":
            sockets.pop(who).close()
        else:
            s = sockets.setdefault(who, socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            s.setsockopt(socket.IPPROTO_IP, OPTIONS[what], b"".join(map(value, words)))
        print("ok", flush=True)
    except OSError as e:
        print(e.strerror, flush=True)
