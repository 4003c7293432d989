import ctypes, errno, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
def attempt(bad, flags, sends, kind=socket.SOCK_DGRAM):
    r = socket.socket(socket.AF_INET, kind); r.bind(("127.0.0.1", 0))
    w = socket.socket(socket.AF_INET, kind)
    for i in range(sends): w.sendto(b"abc%d" % i, r.getsockname())
    bufs = [ctypes.create_string_buffer(16) for _ in range(3)]
    iovs = (ctypes.c_uint64 * 6)(*[x for b in bufs for x in (ctypes.addressof(b), 16)])
    h = (ctypes.c_uint64 * 24)()
    for i in range(3):
        h[8 * i + 2] = ctypes.addressof(iovs) + 16 * i
        h[8 * i + 3] = 1
    if bad == "data": iovs[2] = 8
    if bad == "iovec": h[8 + 2] = 8
    if bad == "name": h[8], h[9] = 8, 16
    if bad == "length": h[8 + 3] = 5000
    if bad == "control": h[12], h[13] = 8, 64
    if bad == "first": iovs[0] = 8
    ctypes.set_errno(0)
    n = libc.syscall(299, r.fileno(), h, 3, flags, None)
    print(bad, hex(flags), sends, ":", n, errno.errorcode.get(ctypes.get_errno(), 0), [h[8 * i + 7] & 0xffffffff for i in range(3)], end=" | ")
    print("SO_ERROR", errno.errorcode.get(r.getsockopt(1, 4), 0), end=" | ")
    r.setblocking(False)
    left = []
    while True:
        try: left.append(r.recv(20))
        except OSError as e: left.append(errno.errorcode[e.errno]); break
    print(left, flush=True)
for bad in ("none", "data", "iovec", "name", "length", "control", "first"):
    for flags in (0x40, 0x10040):
        for sends in (1, 2, 3): attempt(bad, flags, sends)
