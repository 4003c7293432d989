"""TCP sockets of fixed ports."""
import socket


def tcp(port, address="127.0.0.1"):
    """A bound socket, even where an earlier connection of that port is in TIME_WAIT."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    s.bind((address, port))
    return s
