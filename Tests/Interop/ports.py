"""Ports for programs that cannot take one of the kernel's choice themselves."""
import contextlib
import socket


def free_ports(count):
    """Free on every address: a connection from elsewhere may have the same number on one of them."""
    with contextlib.ExitStack() as all_of_them:
        sockets = [all_of_them.enter_context(socket.create_server(("", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in sockets]
