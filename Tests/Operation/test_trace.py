"""A trace that is read too slowly: what it leaves out, it counts."""
import json
import socket
import urllib.parse

from conftest import DEADLINE


def test_what_is_left_out_is_told(martlet):
    url = urllib.parse.urlsplit(martlet.url)
    token, count = martlet.token("operate"), 60_000
    with socket.socket() as reader:
        reader.settimeout(DEADLINE)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect((url.hostname, url.port))
        reader.sendall(f"GET /api/v1/trace?filter=flood HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        stream = reader.makefile("rb")
        assert any(line == b": following\n" for line in iter(stream.readline, b""))
        with socket.create_connection(("127.0.0.1", martlet.port), DEADLINE) as publisher:
            publisher.sendall(bytes([0x10, 13, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 0, 0, 1]) + b"p")
            assert publisher.recv(4) == bytes([0x20, 2, 0, 0])
            publisher.sendall((bytes([0x30, 8, 0, 5]) + b"flood1") * count)
            # The answer to it comes after all of them.
            publisher.sendall(bytes([0xC0, 0]))
            assert publisher.recv(2) == bytes([0xD0, 0])
        told = missing = 0
        while told + missing < count:
            line = stream.readline()
            if line.startswith(b"data: "):
                event = json.loads(line[6:])
                told += event["event"] == "message"
                missing += event["count"] if event["event"] == "left-out" else 0
        # The end of the publisher may be among what is missing.
        assert missing > 0 and told >= 1000 and told + missing <= count + 2
