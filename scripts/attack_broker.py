"""The broker that attack.py attacks, and the honest client that must not notice."""
import re
import socket
import ssl
import subprocess
import threading
import time

from authority import Authority
from packets import connack_of, connect, publish, read

DEADLINE = 60
LISTENING = re.compile(r"listening on \w+://127\.0\.0\.1:(\d+)")
NAMES = ["tls", "plain", "web", "certificates", "proxied"]
RULES = """
topic read weather/#
user anna
topic readwrite #
user eve
topic readwrite eve/#
pattern readwrite own/%u/#
pattern readwrite device/%c/#
"""
CONFIGURATION = """
data_directory: "{folder}/data"
durability: memory
allow_anonymous: false
log: {{ level: info }}
tls:
  certificate: "{folder}/server.pem"
  private_key: "{folder}/server.key"
  client_ca: "{folder}/clients.pem"
  crl: "{folder}/list.crl"
  handshake_time: 5s
authentication: {{ password_file: "{folder}/users" }}
authorization: {{ acl_file: "{folder}/rules" }}
audit: {{ file: "{folder}/audit" }}
defence:
  spares_loopback: false
  address_failures: 20
  ban_time: 1h
  login_delay: 500ms
  handshakes: 500
  address_handshakes: 400
  connection_rate: 200
  connection_burst: 1500
  flaps: 30
limits: {{ time_to_connect: 5s, message_rate: 1000, connect_packet_size: 64KiB }}
listeners:
  - mqtts://127.0.0.1:0
  - mqtt://127.0.0.1:0
  - ws://127.0.0.1:0/mqtt
  - url: mqtts://127.0.0.1:0
    client_certificates: required
  - url: mqtt://127.0.0.1:0
    proxies: 127.0.9.0/24
"""


class Target:
    """A broker with users, rules, TLS and a strict defence. Attackers come from 127.0.x.y, the honest from 127.0.0.1."""

    def __init__(self, program, folder):
        self.folder = folder
        self.authority = Authority(folder / "authority")
        self.other = Authority(folder / "other", "other")
        self.authority.issue("server", alternative="DNS:localhost,IP:127.0.0.1", into=folder)
        (folder / "clients.pem").write_text(self.authority.certificate.read_text())
        self.authority.write_list(folder / "list.crl")
        for user in ("anna", "eve", "+", "x/#", "a/b", "jos\u00e9"):
            subprocess.run([*program, "passwd", "--machine", "-b", folder / "users", user, "secret"], check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE)
        (folder / "rules").write_text(RULES)
        (folder / "martlet.yaml").write_text(CONFIGURATION.format(folder=folder))
        self.log, self.ports = [], {}
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            [*program, "serve", "--config", folder / "martlet.yaml"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.follow, daemon=True).start()
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.ports) == len(NAMES), DEADLINE):
                raise SystemExit("the broker does not listen:\n" + "\n".join(self.log))

    def follow(self):
        for line in self.process.stderr:
            with self.changed:
                self.log.append(line.rstrip("\n"))
                if match := LISTENING.search(line):
                    self.ports[NAMES[len(self.ports)]] = int(match[1])
                self.changed.notify_all()

    def wait_for(self, text):
        with self.changed:
            if not self.changed.wait_for(lambda: any(text in line for line in self.log), 20):
                raise AssertionError(f"'{text}' is not in the log")

    def memory(self):
        """MiB that the broker has had at the most."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmHWM:\s+(\d+)", status.read())[1]) // 1024

    def open(self, listener, source, wait=10):
        return socket.create_connection(("127.0.0.1", self.ports[listener]), wait, source_address=(source, 0))

    def context(self, certificate=None):
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def secure(self, source, listener="tls", certificate=None):
        return self.context(certificate).wrap_socket(self.open(listener, source), server_hostname="localhost")

    def code(self, listener, source, *arguments, **options):
        """The code of CONNACK; None if there is none."""
        try:
            with self.open(listener, source) as connection:
                connection.sendall(connect(*arguments, **options))
                return connack_of(connection)
        except (OSError, ConnectionError):
            return None


class Honest(threading.Thread):
    """Connects anew, logs in and publishes, again and again; and one connection stays all the time."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.target, self.over = target, threading.Event()
        self.slowest, self.rounds, self.failures = 0.0, 0, []

    def run(self):
        standing = self.target.secure("127.0.0.1")
        standing.sendall(connect("standing", "anna", "secret"))
        connack_of(standing)
        while not self.over.wait(0.05):
            began = time.monotonic()
            try:
                standing.sendall(b"\xc0\x00")
                assert read(standing, 2) == b"\xd0\x00"
                with self.target.secure("127.0.0.1") as connection:
                    connection.sendall(connect("honest", "anna", "secret"))
                    assert connack_of(connection) == 0
                    connection.sendall(publish("honest", b"x", 1))
                    assert read(connection, 4) == b"\x40\x02\x00\x01"
                    connection.sendall(b"\xe0\x00")
            except (OSError, AssertionError, ConnectionError) as error:
                self.failures.append(repr(error))
            self.slowest = max(self.slowest, time.monotonic() - began)
            self.rounds += 1
