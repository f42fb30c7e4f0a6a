"""The one line that tells all about a connection's life, as a program that reads JSON sees it."""
import json
import socket

from conftest import DEADLINE

CONNECT = bytes([0x10, 19, 0, 4]) + b"MQTT" + bytes([4, 0x82, 0, 0, 0, 1]) + b"%c" + bytes([0, 4]) + b"anna"


def connection(martlet, name):
    one = socket.create_connection(("127.0.0.1", martlet.port), DEADLINE)
    one.sendall(CONNECT.replace(b"%c", name))
    assert one.recv(4) == bytes([0x20, 2, 0, 0])
    return one


def line(martlet, client):
    """The only line about the end of a client's connection."""
    martlet.find(f'"message":"client .*disconnected.*"client":"{client}"|"client":"{client}".*"message":"client .*disconnected')
    found = [json.loads(text) for text in martlet.lines if f'"client":"{client}"' in text]
    ends = [each for each in found if "disconnected" in each["message"]]
    assert [each["message"] for each in found if each not in ends] == ["client connected"] and len(ends) == 1
    return ends[0]


def test_one_line_tells_a_connections_life(start):
    martlet = start("--listen", "mqtt://127.0.0.1:0", "--admin", "http://127.0.0.1:0", "--log-format", "json")
    listener = "mqtt://127.0.0.1:0"
    addresses = {}

    def address(one):
        return "127.0.0.1:%d" % one.getsockname()[1]

    with connection(martlet, b"a") as one:
        one.sendall(bytes([0xC0, 0]))
        assert one.recv(2) == bytes([0xD0, 0])
        one.sendall(bytes([0xE0, 0]))
        addresses["a"] = address(one)
        assert one.recv(1) == b""
    with connection(martlet, b"b") as one:
        addresses["b"] = address(one)
    with connection(martlet, b"c") as one:
        addresses["c"] = address(one)
        martlet.ctl(martlet.token("operate"), "disconnect", "c")
        assert one.recv(1) == b""
    expected = {
        "a": ("client disconnected", "info", 25, 6, {"reason": "0x00"}),
        "b": ("client disconnected without DISCONNECT", "info", 21, 4, {}),
        "c": ("client was disconnected", "notice", 21, 4,
              {"reason": "0x98", "detail": "ended by the operator"}),
    }
    for client, (message, level, received, sent, more) in expected.items():
        found = line(martlet, client)
        assert (found["message"], found["level"], found["logger"]) == (message, level, "martlet")
        told = found["metadata"]
        assert float(told.pop("seconds")) >= 0
        assert told == {
            "area": "clients", "client": client, "user": "anna", "address": addresses[client], "listener": listener,
            "received": str(received), "sent": str(sent), **more,
        }
