"""MQTT packets as bytes, where a client library would be in the way."""


def field(value):
    encoded = value if isinstance(value, bytes) else value.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def length(number):
    encoded = b""
    while True:
        number, digit = divmod(number, 128)
        encoded += bytes([digit | (0x80 if number else 0)])
        if not number:
            return encoded


def packet(first, body):
    return bytes([first]) + length(len(body)) + body


def connect(client="", user=None, password=None, keep_alive=0):
    """CONNECT of MQTT 3.1.1, with Clean Session."""
    flags = 2 | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = b"\0\4MQTT\4" + bytes([flags]) + keep_alive.to_bytes(2, "big") + field(client)
    for value in (user, password):
        if value is not None:
            body += field(value)
    return packet(0x10, body)


def publish(topic, payload, qos=0, identifier=1):
    return packet(0x30 | qos << 1, field(topic) + (identifier.to_bytes(2, "big") if qos else b"") + payload)


def subscribe(topic, qos=0, identifier=1):
    return packet(0x82, identifier.to_bytes(2, "big") + field(topic) + bytes([qos]))


def read(connection, count):
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise ConnectionError("the connection ended")
        received += part
    return received


def connack_of(connection):
    """The code of the CONNACK that comes next."""
    answer = read(connection, 4)
    assert answer[:2] == b"\x20\x02", answer
    return answer[3]
