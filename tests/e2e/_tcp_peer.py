"""One end of a TCP connection on which something particular happens: _tcp_peer.py serve|ask CASE ADDRESS PORT.

    half_close   the one that asks shuts its half, and then reads what comes back
    reset        the server closes by a reset
    refused      nobody serves
    urgent       an urgent byte between others
    zero_window  the server doesn't read for a while
    fast_open    twice; the second time the SYN brings data
    md5          every segment is signed
    md5_one      only the server wants signatures

ADDRESS is the server's. Prints what happened, in words that both kinds of hosts must say alike; exit status 0.
"""
import array
import fcntl
import hashlib
import random
import socket
import struct
import sys
import termios
import time

PATIENCE = 30           # seconds; nothing here takes one
TCP_MD5SIG, TCP_FASTOPEN = 14, 23
SIOCATMARK = 0x8905
SOME = 300_000
LOTS = 12_000_000       # more than the buffers of both ends take


def bytes_of(seed, n):
    return random.Random(seed).randbytes(n)


def digest(data):
    return hashlib.sha256(data).hexdigest()[:16]


def read_all(s):
    parts = []
    while part := s.recv(65536):
        parts.append(part)
    return b''.join(parts)


def read_exactly(s, n):
    data = b''
    while len(data) < n and (part := s.recv(n - len(data))):
        data += part
    return data


def unread(s):
    n = array.array('i', [0])
    fcntl.ioctl(s, termios.FIONREAD, n)
    return n[0]


def set_key(s, address, key):
    """struct tcp_md5sig of <linux/tcp.h>; all ports of the address share a key."""
    peer = struct.pack('=HH4s', socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b'\0')
    s.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, peer + struct.pack('=BBHI', 0, 0, len(key), 0) + key.ljust(80, b'\0'))


class Case:
    connections = 1

    def listener(self, s):
        pass

    def client(self, s, server):
        s.connect(server)


class half_close(Case):
    def serve(self, s):
        s.sendall(read_all(s)[::-1])
        print('the end came first')

    def ask(self, s):
        sent = bytes_of(1, SOME)
        s.sendall(sent)
        s.shutdown(socket.SHUT_WR)
        print('answer', 'whole' if read_all(s) == sent[::-1] else 'damaged')


class reset(Case):
    def serve(self, s):
        print('read', read_exactly(s, 5).decode())
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))

    def ask(self, s):
        s.sendall(b'hello')
        try:
            print('read', s.recv(10))
        except ConnectionResetError:
            print('reset')


class refused(Case):
    def client(self, s, server):
        try:
            s.connect(server)
        except ConnectionRefusedError:
            print('refused')
            sys.exit()

    def ask(self, s):
        print('connected')


class urgent(Case):
    def serve(self, s):
        for _ in range(PATIENCE * 100):
            try:
                byte = s.recv(1, socket.MSG_OOB)
                break
            except OSError:         # EINVAL: none yet
                time.sleep(0.01)
        mark = array.array('i', [0])
        before = read_exactly(s, 3)
        fcntl.ioctl(s, SIOCATMARK, mark)
        s.sendall(b'.')             # the rest may come
        print('before', before.decode(), 'urgent', byte.decode(), 'mark', mark[0], 'after', read_all(s).decode())

    def ask(self, s):
        s.sendall(b'abc')
        s.send(b'!', socket.MSG_OOB)
        s.recv(1)
        s.sendall(b'def')
        s.shutdown(socket.SHUT_WR)
        print('end', s.recv(1))


class zero_window(Case):
    def listener(self, s):
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)

    def serve(self, s):
        seen = -1
        while unread(s) != seen:    # as long as more comes
            seen = unread(s)
            time.sleep(0.7)
        print('full' if 0 < seen < LOTS else f'has {seen}')
        data = read_all(s)
        print('all', len(data), digest(data))

    def ask(self, s):
        data = bytes_of(2, LOTS)
        s.sendall(data)
        s.shutdown(socket.SHUT_WR)
        print('sent', len(data), digest(data), s.recv(1))


class fast_open(Case):
    connections = 2

    def listener(self, s):
        s.setsockopt(socket.IPPROTO_TCP, TCP_FASTOPEN, 5)

    def serve(self, s):
        s.sendall(b'<' + read_exactly(s, 7) + b'>')

    def client(self, s, server):
        s.settimeout(None)          # who doesn't wait is told EINPROGRESS
        s.sendto(b'request', socket.MSG_FASTOPEN, server)
        s.settimeout(PATIENCE)

    def ask(self, s):
        print(read_all(s).decode())


class md5(Case):
    key = b'a shared secret'

    def listener(self, s):
        set_key(s, peer, self.key)

    def serve(self, s):
        s.sendall(read_all(s))

    def client(self, s, server):
        set_key(s, server[0], self.key)
        s.connect(server)

    def ask(self, s):
        sent = bytes_of(3, 200_000)
        s.sendall(sent)
        s.shutdown(socket.SHUT_WR)
        print('signed', 'whole' if read_all(s) == sent else 'damaged')


class md5_one(md5):
    def client(self, s, server):
        s.settimeout(1.5)
        try:
            s.connect(server)
        except TimeoutError:
            print('no answer')
            sys.exit()


def main():
    global peer
    role, name, address, port = sys.argv[1:5]
    peer = sys.argv[5] if len(sys.argv) > 5 else ''      # the address of who asks, for signatures
    case, server = globals()[name](), (address, int(port))
    if role == 'serve':
        l = socket.socket()
        l.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        case.listener(l)
        l.bind(server)
        l.listen()
        l.settimeout(PATIENCE)
    for _ in range(case.connections):
        s = l.accept()[0] if role == 'serve' else socket.socket()
        s.settimeout(PATIENCE)
        with s:
            if role == 'ask':
                case.client(s, server)
            getattr(case, role)(s)


if __name__ == '__main__':
    main()
