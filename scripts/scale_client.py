"""What scripts/scale.py needs of MQTT: packets made by the thousand, a client that counts, a broker that is watched."""
import os
import resource
import shlex
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")


def varint(number):
    out = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def packet(first, body):
    return bytes([first]) + varint(len(body)) + body


def string(text):
    data = text if isinstance(text, bytes) else text.encode()
    return struct.pack(">H", len(data)) + data


def connect(name, clean=True, user=None, password=None, keep_alive=0):
    flags = (2 if clean else 0) | (0x80 if user else 0) | (0x40 if password else 0)
    body = string("MQTT") + bytes([4, flags]) + struct.pack(">H", keep_alive) + string(name)
    return packet(0x10, body + (string(user) if user else b"") + (string(password) if password else b""))


def publish(topic, payload, qos=0, identifier=1, retain=False):
    middle = struct.pack(">H", identifier) if qos else b""
    return packet(0x30 | qos << 1 | (1 if retain else 0), string(topic) + middle + payload)


def subscribe(filters, qos=0, identifier=1):
    return packet(0x82, struct.pack(">H", identifier) + b"".join(string(f) + bytes([qos]) for f in filters))


class Client:
    """One connection, used without threads."""

    def __init__(self, port, name, source=None, **options):
        self.socket = socket.create_connection(("127.0.0.1", port), 60, source_address=(source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.rest = b""
        self.socket.sendall(connect(name, **options))
        answer = self.take_exactly(4)
        if answer[0] != 0x20 or answer[3] != 0:
            sys.exit(f"scale: {name} was refused: {answer.hex()}")

    def take_exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                sys.exit("scale: the broker has closed a connection")
            data += more
        return data

    def packets(self, data):
        """Whole packets: first byte and body."""
        data = self.rest + data
        place = 0
        while len(data) - place >= 2:
            length, shift, start = 0, 0, place + 1
            while start < len(data):
                byte = data[start]
                length |= (byte & 0x7F) << shift
                start, shift = start + 1, shift + 7
                if byte < 0x80:
                    break
            else:
                break
            if data[start - 1] >= 0x80 or len(data) - start < length:
                break
            yield data[place], data[start:start + length]
            place = start + length
        self.rest = data[place:]

    def receive(self):
        data = self.socket.recv(1 << 18)
        if not data:
            sys.exit("scale: the broker has closed a connection")
        return self.packets(data)

    def send(self, data):
        self.socket.sendall(data)

    def wait_for(self, kind, count=1):
        """Reads until so many packets of a kind have come."""
        while count > 0:
            count -= sum(first >> 4 == kind for first, _ in self.receive())

    def close(self):
        self.socket.sendall(b"\xe0\0")
        self.socket.close()


class Broker:
    """The release build on CPU 0; what it takes is read from /proc."""

    def __init__(self, options="", directory=None, **settings):
        self.directory = directory or tempfile.mkdtemp(prefix="scale-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        program = os.environ.get("MARTLET", os.path.join(ROOT, ".build/release/martlet"))
        command = ["taskset", "-c", "0", program, "serve", "--listen", f"mqtt://127.0.0.1:{self.port}",
                   "--data", os.path.join(self.directory, "data"), "--log-level", "warning", *shlex.split(options)]
        self.log = open(os.path.join(self.directory, "log"), "a")
        environment = {**os.environ, **{f"MARTLET_{key}": value for key, value in settings.items()}}
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, env=environment)
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                break
            except OSError:
                if time.monotonic() > end or self.process.poll() is not None:
                    sys.exit(f"scale: the broker does not listen, see {self.log.name}")
                time.sleep(0.05)
        time.sleep(0.3)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(60)
        self.log.close()

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self):
        with open(f"/proc/{self.process.pid}/statm") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    def settled_cpu(self):
        """Its CPU time once it has nothing left to do."""
        while True:
            before = self.cpu()
            time.sleep(0.3)
            if self.cpu() - before < 0.02:
                return self.cpu()
