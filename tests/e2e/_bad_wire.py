"""A bad wire: what comes in by one device goes out by the other, but for the frames that are lost, and some go twice, late
or damaged, by a seed.

    _bad_wire.py DEVICE DEVICE [loss=N] [twice=N] [late=N] [damage=N] [seed=N]      each of 1,000 frames

The devices have no addresses, and who sends to them leaves neither checksums nor segmentation to them. Says "ready" when frames
are carried, and when it is told to end (SIGTERM) how many there were of each kind. Damage is done behind the Ethernet header
of IPv4 packets, where a checksum finds it.
"""
import heapq
import random
import select
import signal
import socket
import sys
import time

ETH_P_ALL, ETH_P_IP = 3, b'\x08\x00'
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
LONGEST = 1518
BURST = 64


def opened(device):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    s.bind((device, ETH_P_ALL))
    s.setblocking(False)
    return s


class Wire:
    def __init__(self, rates, seed):
        self.rates, self.random = rates, random.Random(seed)
        self.late = []      # (when, number, device, frame)
        self.counts = dict.fromkeys(('carried', 'loss', 'twice', 'late', 'damage', 'long'), 0)

    def happens(self, what):
        rate = self.rates.get(what, 0)
        hit = rate and self.random.randrange(1000) < rate
        self.counts[what] += bool(hit)
        return hit

    def carry(self, frame, to):
        self.counts['carried'] += 1
        self.counts['long'] += len(frame) > LONGEST
        if self.happens('loss'):
            return
        if frame[12:14] == ETH_P_IP and self.happens('damage'):
            at = self.random.randrange(14, len(frame))
            frame = frame[:at] + bytes([frame[at] ^ 0x55]) + frame[at + 1:]
        if self.happens('late'):
            when = time.monotonic() + self.random.randrange(1, 8) / 1000
            heapq.heappush(self.late, (when, self.counts['carried'], to, frame))
            return
        send(to, frame)
        if self.happens('twice'):
            send(to, frame)

    def deliver_late(self):
        while self.late and self.late[0][0] <= time.monotonic():
            _, _, to, frame = heapq.heappop(self.late)
            send(to, frame)
        return max(0, self.late[0][0] - time.monotonic()) if self.late else None


def send(to, frame):
    try:
        to.send(frame)
    except OSError:         # a full queue, a frame too long: lost as on a wire
        pass


def main():
    devices = [opened(name) for name in sys.argv[1:3]]
    values = {key: int(n) for key, n in (a.split('=') for a in sys.argv[3:])}
    wire = Wire(values, values.pop('seed', 1))
    other = dict(zip(devices, reversed(devices)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    print('ready', flush=True)
    try:
        while True:
            ready, _, _ = select.select(devices, [], [], wire.deliver_late())
            for s in ready:
                for _ in range(BURST):
                    try:
                        frame = s.recv(65536)
                    except BlockingIOError:
                        break
                    wire.carry(frame, other[s])
    finally:
        print(*(f'{what} {n}' for what, n in wire.counts.items()), flush=True)


if __name__ == '__main__':
    main()
