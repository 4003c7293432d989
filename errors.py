import errno, socket, struct
probe = lambda q: b"\x08\0" + struct.pack("!HHH", 0xffff - 0x0800 - 0x1234 - q, 0x1234, q)
for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
    s = socket.socket(socket.AF_INET, kind, 1 if kind == socket.SOCK_RAW else 0)
    s.setsockopt(0, 11, 1); s.setsockopt(0, 2, 1); s.connect(("10.0.10.2", 33434))
    told = []
    for q in range(1, 5):
        try: told.append(s.send(probe(q)))
        except OSError as e: told.append(errno.errorcode[e.errno])
    print(kind.name, told, s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
