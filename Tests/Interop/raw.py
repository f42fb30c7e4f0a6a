"""A client that answers nothing by itself: it leaves exchanges half done, on purpose."""
import socket
import struct

from broker import DEADLINE


def text(string):
    data = string.encode() if isinstance(string, str) else string
    return struct.pack(">H", len(data)) + data


def properties(*encoded):
    body = b"".join(encoded)
    return bytes([len(body)]) + body


class RawClient:
    """MQTT 5.0 by hand, with a session that outlives its connection."""

    def __init__(self, broker, identifier, user=None, expiry=3600, will=None):
        address = broker.addresses["tcp"]
        self.socket = socket.create_connection((address.host, address.port), DEADLINE)
        flags, body = 0, text(identifier)
        if will:
            topic, payload, delay = will
            flags |= 0x04 | 0x08
            body += properties(b"\x18" + struct.pack(">I", delay)) + text(topic) + text(payload)
        if user:
            flags |= 0x80
            body += text(user)
        start = text("MQTT") + bytes([5, flags]) + struct.pack(">H", 600)
        self.send(0x10, start + properties(b"\x11" + struct.pack(">I", expiry)) + body)
        first, connack = self.receive()
        assert (first, connack[1]) == (0x20, 0), (first, connack)
        self.present = bool(connack[0])

    def send(self, first, body):
        length, encoded = len(body), b""
        while True:
            length, byte = divmod(length, 128)
            encoded += bytes([byte | (128 if length else 0)])
            if not length:
                break
        self.socket.sendall(bytes([first]) + encoded + body)

    def read(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            assert part, "the broker closed the connection"
            data += part
        return data

    def receive(self):
        """The next packet: its first byte and its body."""
        first, length, shift = self.read(1)[0], 0, 0
        while True:
            byte = self.read(1)[0]
            length |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return first, self.read(length)

    def acknowledge(self, kind, packet):
        """PUBACK 0x40, PUBREC 0x50, PUBREL 0x62, PUBCOMP 0x70."""
        self.send(kind, struct.pack(">H", packet))

    def expect(self, kind, packet):
        first, body = self.receive()
        assert (first, struct.unpack(">H", body[:2])[0]) == (kind, packet), (hex(first), body)

    def subscribe(self, filter, options, identifier=0):
        given = b"\x0b" + bytes([identifier]) if identifier else b""
        self.send(0x82, b"\x00\x01" + properties(given) + text(filter) + bytes([options]))
        first, body = self.receive()
        assert first == 0x90 and body[-1] < 3, body

    def publish(self, topic, payload, qos, packet=1, retain=False, more=b""):
        """Sends it, and waits for PUBACK or PUBREC."""
        start = text(topic) + (struct.pack(">H", packet) if qos else b"") + properties(more)
        self.send(0x30 | qos << 1 | retain, start + payload.encode())
        if qos:
            self.expect(0x40 if qos == 1 else 0x50, packet)

    def message(self):
        """The next PUBLISH: topic, payload, QoS, packet identifier, DUP, RETAIN."""
        first, body = self.receive()
        assert first >> 4 == 3, hex(first)
        size = struct.unpack(">H", body[:2])[0]
        topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
        qos, packet = first >> 1 & 3, 0
        if qos:
            packet, rest = struct.unpack(">H", rest[:2])[0], rest[2:]
        return topic, rest[1 + rest[0] :].decode(), qos, packet, bool(first & 8), bool(first & 1)

    def drop(self):
        self.socket.close()
