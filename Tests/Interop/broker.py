"""The broker under test: started on ports of the kernel's choice, stopped by its process id."""
import os
import re
import shlex
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from ports import free_ports

DEADLINE = float(os.environ.get("INTEROP_DEADLINE", "20"))
LISTENING = re.compile(r'listening on "?((?:mqtt|ws|unix)://[^\s",]+)')


@dataclass
class Address:
    """Where a listener can be reached."""
    transport: str  # As paho names it: tcp, websockets or unix.
    host: str
    port: int
    path: str = ""


class Broker:
    """A process that listens on TCP, WebSocket and a Unix socket.

    Everybody may do everything, unless it is given a password file and a file of rules.
    `data` is a folder that outlives it; without, there is one that does not.
    """
    name = ""

    def __init__(self, password_file=None, acl_file=None, data=None, flags=()):
        self.password_file, self.acl_file = password_file, acl_file
        self.data = data
        self.flags = flags
        self.folder = tempfile.TemporaryDirectory(prefix="interop-")
        self.addresses = {}
        self.log = []
        self._changed = threading.Condition()
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            # What is asked of an event loop that has ended ends the broker, rather than being lost.
            env={**os.environ, "SWIFTNIO_STRICT": "1"})
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        try:
            self.wait_until_listening()
        except BaseException:
            self.stop()
            raise

    def _read_log(self):
        for line in self.process.stderr:
            with self._changed:
                self.log.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._changed.notify_all()

    def socket_path(self):
        return os.path.join(self.folder.name, "mqtt.sock")

    def wait_for_log(self, text, since):
        """Waits for a line in the log that comes after the first `since` ones."""
        with self._changed:
            found = self._changed.wait_for(lambda: any(text in line for line in self.log[since:]), DEADLINE)
        assert found, f"'{text}' is not in the log:\n{self.tail()}"

    def stop(self, with_signal=signal.SIGTERM):
        """Ends the broker and returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        try:
            code = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError("the broker did not end:\n" + self.tail()) from None
        self._reader.join(DEADLINE)
        self.process.stderr.close()
        self.folder.cleanup()
        return code

    def tail(self):
        return "\n".join(self.log[-40:])


def martlet(*arguments):
    """The command line of the program of this repository; MARTLET tells where it was built."""
    return shlex.split(os.environ.get("MARTLET", ".build/debug/martlet")) + list(map(str, arguments))


class Martlet(Broker):
    """The broker of this repository."""
    name = "martlet"

    def command(self):
        access = ["--allow-anonymous"]
        if self.password_file:
            access = ["--password-file", self.password_file, "--acl-file", self.acl_file]
        return martlet(
            "serve", *access, *self.flags, "--data", self.data or os.path.join(self.folder.name, "data"),
            "--listen", "mqtt://127.0.0.1:0",
            "--listen", "ws://127.0.0.1:0/mqtt",
            "--listen", f"unix://{self.socket_path()}")

    def wait_until_listening(self):
        def found():
            urls = [match[1] for match in map(LISTENING.search, self.log) if match]
            return urls if len(urls) == 3 else None

        with self._changed:
            self._changed.wait_for(lambda: found() or self.process.poll() is not None, DEADLINE)
            urls = found()
        if not urls:
            raise AssertionError("the broker did not announce three listeners:\n" + self.tail())
        for url in map(urlsplit, urls):
            if url.scheme == "unix":
                self.addresses["unix"] = Address("unix", url.path, 1)
            elif url.scheme == "ws":
                self.addresses["websockets"] = Address("websockets", url.hostname, url.port, url.path)
            else:
                self.addresses["tcp"] = Address("tcp", url.hostname, url.port)


class Mosquitto(Broker):
    """Eclipse Mosquitto, to check that the tests themselves are right."""
    name = "mosquitto"

    def command(self):
        tcp, web = free_ports(2)
        self.addresses = {
            "tcp": Address("tcp", "127.0.0.1", tcp),
            "websockets": Address("websockets", "127.0.0.1", web, "/mqtt"),
            "unix": Address("unix", self.socket_path(), 1),
        }
        configuration = os.path.join(self.folder.name, "mosquitto.conf")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(f"listener {tcp} 127.0.0.1\nlistener {web} 127.0.0.1\nprotocol websockets\n"
                       f"listener 0 {self.socket_path()}\nsys_interval 1\n")
            if self.password_file:
                file.write(f"password_file {self.password_file}\nacl_file {self.acl_file}\n")
            else:
                file.write("allow_anonymous true\n")
            if self.data:
                file.write(f"persistence true\npersistence_location {self.data}/\n")
            if os.getuid() == 0:
                file.write("user root\n")
        return ["/usr/sbin/mosquitto" if os.path.exists("/usr/sbin/mosquitto") else "mosquitto", "-c", configuration]

    def wait_until_listening(self):
        end = time.monotonic() + DEADLINE
        for name in ("tcp", "websockets"):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.addresses[name].port), 1).close()
                    break
                except OSError:
                    if self.process.poll() is not None or time.monotonic() > end:
                        raise AssertionError("mosquitto did not start:\n" + self.tail()) from None
                    time.sleep(0.01)  # Nothing announces it; this is the pace of asking.


def start(**options):
    """The broker that INTEROP_BROKER names: martlet, unless it says mosquitto."""
    return {"martlet": Martlet, "mosquitto": Mosquitto}[os.environ.get("INTEROP_BROKER", "martlet")](**options)
