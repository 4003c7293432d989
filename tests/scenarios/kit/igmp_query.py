"""Sends a query as the router of host_and_router.sh: igmp_query.py VERSION CODE GROUP [QRV QQIC SOURCE...]. RFC 2236 and RFC 3376
have the fields; those in brackets are of version 3."""
import socket
import struct
import sys

from igmp_frames import send
from packets import sum16

version, code, group = int(sys.argv[1]), int(sys.argv[2]), socket.inet_aton(sys.argv[3])
query = struct.pack("!BBH4s", 0x11, code, 0, group)
if version == 3:
    sources = sys.argv[6:]
    query += struct.pack("!BBH", int(sys.argv[4]), int(sys.argv[5]), len(sources)) + b"".join(map(socket.inet_aton, sources))
query = query[:2] + struct.pack("!H", sum16(query)) + query[4:]
send(query, sys.argv[3] if any(group) else "224.0.0.1")
