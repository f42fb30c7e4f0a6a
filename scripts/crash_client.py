"""A small MQTT 3.1.1 client for crash.py that remembers what it was promised, and what it owes."""
import select
import socket
import struct


def string(text):
    data = text.encode()
    return struct.pack(">H", len(data)) + data


class Lost(Exception):
    """The connection is gone."""


class Client:
    """A 3.1.1 client with a session of its own, which it keeps through every crash."""

    def __init__(self, name):
        self.name = name
        self.socket = None
        self.buffer = b""
        self.next_id = 1
        # Publishing: id -> [kind, topic, payload, retain, stage]; in order.
        self.open = {}
        # Receiving: QoS 2 ids that were not released.
        self.received = set()
        self.messages = []
        # The highest number seen and checked, by topic.
        self.verified = {}
        self.subscribing = {}
        self.present = None
        self.is_draining = False

    def connect(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.present = None
        self.is_draining = False
        self.send(0x10, string("MQTT") + b"\x04\x00\x00\x00" + string(self.name))
        while self.present is None:
            self.read(10)
        if not self.present:
            # Whoever finds no session forgets its own; what was handed over is promised, and not sent again.
            self.received.clear()
            self.open = {key: entry for key, entry in self.open.items() if entry[4] == "pub"}
        for identifier, (qos, topic, payload, retain, stage) in self.open.items():
            if stage == "rel":
                self.send(0x62, struct.pack(">H", identifier))
            else:
                self.send_publish(identifier, qos, topic, payload, retain, dup=self.present)

    def send(self, first, body):
        length, encoded = len(body), b""
        while True:
            length, byte = divmod(length, 128)
            encoded += bytes([byte | (128 if length else 0)])
            if not length:
                break
        try:
            self.socket.sendall(bytes([first]) + encoded + body)
        except OSError as error:
            if not self.is_draining:
                raise Lost from error

    def identifier(self):
        while self.next_id in self.open or self.next_id in self.subscribing:
            self.next_id = self.next_id % 65535 + 1
        taken = self.next_id
        self.next_id = self.next_id % 65535 + 1
        return taken

    def send_publish(self, identifier, qos, topic, payload, retain, dup=False):
        first = 0x30 | qos << 1 | (8 if dup else 0) | (1 if retain else 0)
        self.send(first, string(topic) + struct.pack(">H", identifier) + payload.encode())

    def publish(self, qos, topic, payload, retain=False):
        identifier = self.identifier()
        self.open[identifier] = [qos, topic, payload, retain, "pub"]
        self.send_publish(identifier, qos, topic, payload, retain)

    def subscribe(self, filter, qos):
        identifier = self.identifier()
        self.subscribing[identifier] = (filter, True)
        self.send(0x82, struct.pack(">H", identifier) + string(filter) + bytes([qos]))

    def unsubscribe(self, filter):
        identifier = self.identifier()
        self.subscribing[identifier] = (filter, False)
        self.send(0xA2, struct.pack(">H", identifier) + string(filter))

    def read(self, timeout):
        """Handles what came. Returns whether anything did."""
        if not select.select([self.socket], [], [], timeout)[0]:
            return False
        try:
            data = self.socket.recv(1 << 16)
        except OSError as error:
            raise Lost from error
        if not data:
            raise Lost
        self.buffer += data
        while self.packet():
            pass
        return True

    def drain(self):
        """Takes what the broker said before it was killed: the last promises count, too."""
        self.is_draining = True
        try:
            while self.read(1):
                pass
        except Lost:
            pass

    def packet(self):
        length, shift, place = 0, 0, 1
        while True:
            if place >= len(self.buffer):
                return False
            byte = self.buffer[place]
            length |= (byte & 127) << shift
            shift, place = shift + 7, place + 1
            if byte < 128:
                break
        if len(self.buffer) < place + length:
            return False
        first, body = self.buffer[0], self.buffer[place : place + length]
        self.buffer = self.buffer[place + length :]
        self.handle(first, body)
        return True

    def handle(self, first, body):
        kind = first >> 4
        if kind == 2:
            assert body[1] == 0, f"CONNACK {body[1]}"
            self.present = bool(body[0])
        elif kind == 3:
            self.published(first, body)
        elif kind in (4, 7):
            done = self.open.pop(struct.unpack(">H", body)[0], None)
            if done:
                self.acknowledged(done)
        elif kind == 5:
            identifier = struct.unpack(">H", body)[0]
            if identifier in self.open:
                if self.open[identifier][4] == "pub":
                    self.recorded(self.open[identifier])
                self.open[identifier][4] = "rel"
            self.send(0x62, body)
        elif kind == 6:
            self.received.discard(struct.unpack(">H", body)[0])
            self.send(0x70, body)
        elif kind in (9, 11):
            self.subscribed(*self.subscribing.pop(struct.unpack(">H", body[:2])[0]))

    def published(self, first, body):
        qos = first >> 1 & 3
        size = struct.unpack(">H", body[:2])[0]
        topic, rest = body[2 : 2 + size].decode(), body[2 + size :]
        if qos:
            identifier, rest = rest[:2], rest[2:]
        if qos == 2:
            number = struct.unpack(">H", identifier)[0]
            if number not in self.received:
                self.received.add(number)
                self.messages.append((topic, rest.decode(), first))
            self.send(0x50, identifier)
            return
        self.messages.append((topic, rest.decode(), first))
        if qos == 1:
            self.send(0x40, identifier)

    # What a test records.
    def acknowledged(self, entry):
        pass

    def recorded(self, entry):
        pass

    def subscribed(self, filter, is_on):
        pass
