"""SIGTERM while clients come and go, with several event loops."""
import os
import socket
import struct

import pytest

from broker import DEADLINE, Martlet
from raw import text

pytestmark = pytest.mark.skipif(os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's event loops")


def coming(broker, number):
    """A connection whose CONNECT is under way: whether the broker has taken it yet, nobody knows."""
    address = broker.addresses["tcp"]
    connection = socket.create_connection((address.host, address.port), DEADLINE)
    body = text("MQTT") + bytes([5, 2]) + struct.pack(">H", 60) + b"\0" + text(f"coming-{number}")
    connection.sendall(bytes([0x10, len(body)]) + body)
    return connection


# Of the version that told an event loop of the last connection when that loop had ended, one in four failed.
@pytest.mark.parametrize("clients", [0, 1, 20] * 6)
def test_the_end_is_quiet(clients):
    broker = Martlet(flags=("--shards", "2"))
    connections = [coming(broker, number) for number in range(clients)]
    try:
        assert broker.stop() == 0, broker.tail()
    finally:
        for connection in connections:
            connection.close()
    assert not [line for line in broker.log if "rror" in line], broker.tail()
