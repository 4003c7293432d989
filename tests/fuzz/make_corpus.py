#!/usr/bin/env python3
"""Writes the fuzzers' seed corpora, tests/fuzz/corpus/FUZZER/NAME: valid inputs, from which a fuzzer gets further than
from nothing. The formats are those that node_fuzz.cc and netlink_fuzz.cc describe at their heads."""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent / "corpus"


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def ip(src, dst, proto, body, ttl=64, frag=0, options=b"", tos=0):
    def header(check):
        return struct.pack("!BBHHHBB", 0x45 + len(options) // 4, tos, 20 + len(options) + len(body), 1, frag, ttl,
                           proto) + check + bytes(src) + bytes(dst) + options
    return header(checksum(header(b"\0\0"))) + body


def icmp(kind, code, info, body):
    head = struct.pack("!BB", kind, code)
    return head + checksum(head + b"\0\0" + info + body) + info + body


def udp(sport, dport, body):
    return struct.pack("!HHHH", sport, dport, 8 + len(body), 0) + body


def ether(dev, proto, payload, to=None):
    return (to or bytes([2, 0, 0, 0, 0, dev + 1])) + bytes([2, 0, 0, 0, 0, 0x80 + dev]) + struct.pack("!H", proto) + payload


def arp(op, sha, sip, tha, tip):
    return struct.pack("!HHBBH", 1, 0x800, 6, 4, op) + sha + bytes(sip) + tha + bytes(tip)


def frames(*items):
    return b"".join(struct.pack("!BBH", dev, wait, len(f)) + f for dev, wait, f in items)


PEER, US, FAR, LOST = (10, 0, 0, 2), (10, 0, 0, 1), (10, 2, 0, 9), (10, 3, 0, 9)
MAC = bytes([2, 0, 0, 0, 0, 0x80])


def one(payload, proto=0x800, to=None):
    return frames((0, 0, ether(0, proto, payload, to)))


ECHO = icmp(8, 0, struct.pack("!HH", 7, 1), bytes(40))
BIG = icmp(8, 0, struct.pack("!HH", 7, 1), bytes(1000))
QUOTED = ip(US, PEER, 17, udp(4000, 9, b"x" * 8))
NODE = {
    "echo": one(ip(PEER, US, 1, ECHO)),
    "reply": one(ip(PEER, US, 1, icmp(0, 0, struct.pack("!HH", 7, 1), bytes(8)))),
    "timestamp": one(ip(PEER, US, 1, icmp(13, 0, bytes(4), bytes(12)))),
    "udp": one(ip(PEER, US, 17, udp(1, 4000, b"hello"))),
    "udp_closed": one(ip(PEER, US, 17, udp(1, 9, b"hello"))),
    "no_protocol": one(ip(PEER, US, 99, b"12345678")),
    "forward": one(ip(PEER, FAR, 1, ECHO)),
    "forward_cut": one(ip(PEER, FAR, 1, BIG)),
    "forward_df": one(ip(PEER, FAR, 1, BIG, frag=0x4000)),
    "forward_ttl": one(ip(PEER, FAR, 1, ECHO, ttl=1)),
    "forward_unresolved": frames(*[(0, 60, ether(0, 0x800, ip(PEER, LOST, 1, ECHO)))] * 4),
    "no_route": one(ip(PEER, (192, 0, 2, 1), 1, ECHO)),
    "broadcast": one(ip(PEER, (10, 0, 0, 255), 17, udp(1, 4000, b"x")), to=b"\xff" * 6),
    "multicast": one(ip(PEER, (224, 0, 0, 1), 1, ECHO), to=b"\x01\x00\x5e\x00\x00\x01"),
    "unreachable": one(ip(PEER, US, 1, icmp(3, 3, bytes(4), QUOTED))),
    "frag_needed": one(ip(PEER, US, 1, icmp(3, 4, struct.pack("!HH", 0, 576), QUOTED))),
    "record_route": one(ip(PEER, US, 1, ECHO, options=b"\x07\x0b\x04" + bytes(8) + b"\0")),
    "source_route": one(ip(PEER, US, 1, ECHO, options=b"\x83\x07\x04\x0a\x02\x00\x09\0")),
    "fragments": frames((0, 0, ether(0, 0x800, ip(PEER, US, 1, BIG[496:], frag=62))),
                        (0, 1, ether(0, 0x800, ip(PEER, US, 1, BIG[:496], frag=0x2000)))),
    "overlap": frames((0, 0, ether(0, 0x800, ip(PEER, US, 1, BIG[:496], frag=0x2000))),
                      (0, 0, ether(0, 0x800, ip(PEER, US, 1, BIG[400:], frag=50)))),
    "arp_request": one(arp(1, MAC, PEER, bytes(6), US), 0x806, b"\xff" * 6),
    "arp_resolve": frames((0, 0, ether(0, 0x800, ip(PEER, LOST, 1, ECHO))),
                          (1, 2, ether(1, 0x806, arp(2, MAC, (10, 0, 1, 3), bytes(6), (10, 0, 1, 1))))),
}


def attr(kind, payload):
    return struct.pack("=HH", 4 + len(payload), kind) + payload + b"\0" * (-len(payload) % 4)


def message(kind, flags, body):
    return b"\0" + struct.pack("=IHHII", 16 + len(body), kind, flags | 1, 1, 0) + body


DUMP, MAKE = 0x300, 0x600
ADDRESS = struct.pack("=BBBBI", 2, 24, 0, 0, 1)
ROUTE = struct.pack("=BBBBBBBBI", 2, 24, 0, 0, 254, 3, 0, 1, 0)
NEIGHBOUR = struct.pack("=BBHiHBB", 2, 0, 0, 1, 0x80, 0, 0)
NETLINK = {
    "links": message(18, DUMP, bytes(16)),
    "addresses": message(22, DUMP, bytes(8)),
    "routes": message(26, DUMP, b"\x02" + bytes(11)),
    "neighbours": message(30, DUMP, bytes(12)),
    "rules": message(34, DUMP, b"\x02" + bytes(11)),
    "new_dummy": message(16, MAKE, bytes(16) + attr(3, b"d0\0") + attr(18, attr(1, b"dummy"))),
    "new_veth": message(16, MAKE, bytes(16) + attr(3, b"v0\0") +
                        attr(18, attr(1, b"veth") + attr(2, attr(1, bytes(16) + attr(3, b"v1\0"))))),
    "new_address": message(20, MAKE, ADDRESS + attr(2, bytes([10, 0, 0, 1])) + attr(1, bytes([10, 0, 0, 1]))),
    "new_route": message(24, MAKE, ROUTE + attr(1, bytes([10, 9, 0, 0])) + attr(4, struct.pack("=I", 1))),
    "new_neighbour": message(28, MAKE, NEIGHBOUR + attr(1, bytes([10, 0, 0, 2])) + attr(2, MAC)),
    "new_rule": message(32, MAKE, struct.pack("=BBBBBBBBI", 2, 0, 0, 0, 100, 0, 0, 1, 0) + attr(6, struct.pack("=I", 9))),
    "new_nexthop": message(104, MAKE, struct.pack("=BBBBI", 2, 0, 0, 0, 0) + attr(1, struct.pack("=I", 1)) + attr(4, b"")),
    "new_group": message(104, MAKE, struct.pack("=BBBBI", 2, 0, 0, 0, 0) + attr(1, struct.pack("=I", 1)) + attr(4, b""))
    + message(104, MAKE, bytes(8) + attr(1, struct.pack("=I", 2)) + attr(2, struct.pack("=IBBH", 1, 0, 0, 0)) +
              attr(3, struct.pack("=H", 1)) + attr(12 | 0x8000, attr(1, struct.pack("=H", 4)))),
    "nexthops": message(106, DUMP, bytes(8)),
    "buckets": message(118, DUMP, bytes(8)),
    "route_get": message(26, 0, b"\x02\x20" + bytes(10) + attr(1, bytes([127, 0, 0, 1]))),
}

# A socket's options behind their number, then a packet's.
def options(own, packet=None):
    own = bytes.fromhex(own)
    return bytes([len(own)]) + own + (own if packet is None else bytes.fromhex(packet))


OPTIONS = {
    "record_route": options("070b04000000000000000000"),
    "record_route_full": options("070b0c0a0000020a00010200"),
    "timestamp": options("440c05000000000000000000"),
    "timestamp_addresses": options("44140501" + "00" * 16),
    "timestamp_prespecified": options("44140503" + "0a000001" + "00" * 4 + "0a000102" + "00" * 4),
    "loose_route": options("8307040a02000900"),
    "strict_route": options("890b040a0001020a02000900"),
    "route_through_us": options("", "830f040a0000010a0001010a02000901"),
    "route_gone": options("", "830b0c0a0000010a02000900"),
    "router_alert": options("94040000"),
    "stream": options("88040001"),
    "cipso": options("860a00000001010400000000", "860a00000001010400000000"),
    "unknown": options("9e04abcd1e04abcd"),
    "all": options("94040000" "07070400000000" "4408050000000000" "01" "8307040a020009" "00"),
    "truncated": options("0701", "44"),
}

# A byte of rights and patience, then a request for sockets with its filter.
def diag(protocol, filter=None, kind=20, flags=DUMP, states=0xFFF, ext=0xFF, pad=0, ends=(0, 0, 0, 0), family=2):
    src, sport, dst, dport = ends
    body = struct.pack("=BBBBI", family, protocol, ext, pad, states) + struct.pack("!HHI12xI12x", sport, dport, src, dst)
    body += struct.pack("=III", 0, 0xFFFFFFFF, 0xFFFFFFFF)
    return message(kind, flags, body + (attr(1, filter) if filter else b""))


def op(code, yes, no, more=b""):
    return struct.pack("=BBH", code, yes, no) + more


LOCAL = 0x7F000001
DIAG = {
    "tcp": diag(6), "udp": diag(17), "lite": diag(136), "raw": diag(255),
    "one": diag(6, flags=0, ends=(LOCAL, 6001, LOCAL, 5000)), "one_raw": diag(255, flags=0, pad=89),
    "destroy": diag(6, kind=21, flags=4, ends=(LOCAL, 6001, LOCAL, 5000)), "destroy_listener": diag(6, kind=21, flags=4, ends=(LOCAL, 5000, 0, 0)),
    "destroy_udp": diag(17, kind=21, flags=4, ends=(LOCAL, 7000, 0, 0)), "destroy_raw": diag(255, kind=21, flags=4, pad=89),
    "ports": diag(6, op(11, 8, 20, op(0, 0, 5000)) + op(4, 8, 12, op(0, 0, 6000))),
    "host": diag(6, op(7, 16, 20, struct.pack("=BBxxi", 2, 8, -1) + bytes([127, 0, 0, 0]))),
    "mark": diag(17, op(10, 12, 16, struct.pack("=II", 0, 255))), "device": diag(17, op(9, 8, 12, bytes(4))), "auto": diag(17, op(6, 4, 8) + op(0, 4, 4)),
    "old": message(18, DUMP, bytes([2, 0, 0, 255]) + bytes(36) + b"\xff" * 12 + struct.pack("=II", 0xFFF, 0)),
    "netlink": message(20, DUMP, struct.pack("=BBHIIII", 16, 255, 0, 0, 7, 0, 0)),
    "packet": message(20, DUMP, struct.pack("=BBHIIII", 17, 0, 0, 0, 63, 0, 0)),
    "unix": message(20, DUMP, struct.pack("=BBHIIIII", 1, 0, 0, 4095, 0, 0, 0, 0)),
}

# A byte for the device, then a frame of a packet socket with the header in front of it (struct virtio_net_hdr).
def vnet(device, flags, gso, size, start, offset, proto, length):
    header = struct.pack("=BBHHHH", flags, gso, 54, size, start, offset)
    l4 = struct.pack("!HHIIBBHHH", 1000, 2000, 1, 1, 0x50, 16, 500, 0, 0) if proto == 6 else struct.pack("!HHHH", 1000, 7000, 8 + length, 0)
    return bytes([device]) + header + bytes([2] * 12) + b"\x08\x00" + ip([10, 0, 0, 1], [10, 0, 0, 2], proto, l4 + bytes(length))


VNET = {
    "plain": vnet(0, 0, 0, 0, 0, 0, 17, 20), "partial": vnet(0, 1, 0, 0, 34, 6, 17, 20), "tcp": vnet(1, 1, 1, 300, 34, 16, 6, 1000),
    "tcp_cut": vnet(0, 1, 0x81, 300, 34, 16, 6, 1000), "tcp_probed": vnet(0, 0, 1, 300, 0, 0, 6, 1000), "fragments": vnet(1, 1, 3, 296, 34, 6, 17, 1000),
    "direct": vnet(2, 1, 1, 300, 34, 16, 6, 1000), "v6": vnet(0, 0, 4, 300, 0, 0, 6, 1000),
}

for fuzzer, corpus in (("node_fuzz", NODE), ("netlink_fuzz", NETLINK), ("ip_options_fuzz", OPTIONS), ("sock_diag_fuzz", DIAG), ("virtio_net_fuzz", VNET)):
    folder = HERE / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in corpus.items():
        (folder / name).write_bytes(content)
