# Who chooses a congestion control algorithm: socket, setting of a namespace, route; and what comes into being by it.
ip link set lo up
ip netns add other
sysctl net.ipv4.tcp_available_congestion_control net.ipv4.tcp_allowed_congestion_control net.ipv4.tcp_congestion_control
python3 - <<'P'
import socket
for name in (b"bbr", b"dctcp", b"nosuch", b"", b"bbr\0xx", b"cubic ", b"a-name-that-is-too-long"):
    with socket.socket() as s:
        try:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, name)
            print(name, s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16))
        except OSError as e:
            print(name, e)
P
sysctl net.ipv4.tcp_available_congestion_control net.ipv4.tcp_allowed_congestion_control
for name in dctcp bbr reno nosuch; do ip netns exec other sysctl -w net.ipv4.tcp_congestion_control=$name; done
ip netns exec other sysctl net.ipv4.tcp_congestion_control
ip link add d0 up type dummy
ip addr add 10.0.0.1/24 dev d0
ip route add 10.1.0.0/24 dev d0 congctl dctcp
ip route add 10.2.0.0/24 dev d0 congctl lock bbr
ip route add 10.3.0.0/24 dev d0 congctl nosuch
ip route add 10.4.0.0/24 dev d0 features ecn
ip route
ip route get 10.1.0.5
ip route del 10.1.0.0/24 congctl bbr
ip route del 10.1.0.0/24 congctl dctcp
# What a route to oneself asks for, both ends of a connection have.
ip route change local 10.0.0.1 dev d0 table local proto kernel scope host src 10.0.0.1 congctl bbr
python3 - <<'P'
import socket
def ca(s): return s.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16).rstrip(b"\0")
def pair(addr):
    l = socket.socket(); l.bind((addr, 0)); l.listen()
    c = socket.create_connection(l.getsockname()); s, _ = l.accept()
    return l, c, s
for addr in ("127.0.0.1", "10.0.0.1"):
    print(addr, *map(ca, pair(addr)))
l, c, s = pair("127.0.0.1")
c.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"bbr")
print(len(c.getsockopt(socket.IPPROTO_TCP, 26, 100)), len(s.getsockopt(socket.IPPROTO_TCP, 26, 100)))
P
