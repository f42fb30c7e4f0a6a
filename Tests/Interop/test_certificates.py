"""Certificates of openssl's making: accepted, refused with the right reason, taken back; SNI, tickets, proxies."""
import os
import re
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from authority import Authority
from broker import DEADLINE, martlet
from packets import connack_of, connect, read

pytestmark = pytest.mark.skipif(
    os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own configuration of TLS")
LISTENING = re.compile(r"listening on (mqtts|wss|mqtt)://127\.0\.0\.1:(\d+)")

CONFIGURATION = """
data_directory: "{folder}/data"
tls:
  certificate: "{folder}/one.pem, {folder}/two.pem"
  private_key: "{folder}/one.key, {folder}/two.key"
  client_ca: "{folder}/clients.pem"
  client_certificates: optional
  crl: "{folder}/list.crl"
authentication:
  password_file: "{folder}/users"
listeners:
  - mqtts://127.0.0.1:0
  - url: mqtts://127.0.0.1:0
    client_certificates: required
    user_name: email
    minimum_version: "1.3"
  - url: mqtts://127.0.0.1:0
    certificate: "{folder}/third.pem"
    private_key: "{folder}/third.key"
    client_certificates: "off"
  - url: mqtts://127.0.0.1:0
    user_name: dns
  - url: mqtts://127.0.0.1:0
    proxies: 127.0.0.0/8
  - url: wss://127.0.0.1:0/mqtt
    proxies: 127.0.0.0/8
"""
NAMES = ["all", "required", "third", "dns", "proxied", "proxied-web"]


class Broker:
    def __init__(self, folder):
        self.folder = folder
        self.authority = Authority(folder / "authority")
        self.sub = Authority(folder / "sub", "sub", self.authority)
        self.other = Authority(folder / "other", "other")
        for name, names in (("one", "DNS:one.example,IP:127.0.0.1"), ("two", "DNS:two.example,DNS:*.wild.example"),
                            ("third", "DNS:third.example")):
            self.authority.issue(name, alternative=names, into=folder)
        shutil.copy(self.authority.certificate, folder / "clients.pem")
        self.authority.write_list(folder / "list.crl")
        subprocess.run(martlet("passwd", "--machine", "-b", folder / "users", "anna", "secret"), check=True, timeout=DEADLINE)
        (folder / "martlet.yaml").write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
        self.log, self.ports = [], {}
        self.changed = threading.Condition()
        self.process = subprocess.Popen(
            martlet("serve", "--config", folder / "martlet.yaml"), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self.read, daemon=True).start()
        self.wait(lambda: len(self.ports) == len(NAMES), "listeners")

    def read(self):
        for line in self.process.stderr:
            with self.changed:
                self.log.append(line.rstrip("\n"))
                if match := LISTENING.search(line):
                    self.ports[NAMES[len(self.ports)]] = int(match[2])
                self.changed.notify_all()

    def wait(self, condition, what):
        with self.changed:
            assert self.changed.wait_for(condition, DEADLINE), f"{what} not seen:\n" + "\n".join(self.log[-30:])

    def wait_for(self, text, since=0):
        self.wait(lambda: any(text in line for line in self.log[since:]), text)
        return next(line for line in self.log[since:] if text in line)

    def context(self, certificate=None, chain=None):
        context = ssl.create_default_context(cafile=str(self.authority.certificate))
        context.check_hostname = False
        if certificate:
            pem, key = certificate
            if chain:
                both = pem.with_suffix(".chain.pem")
                both.write_text(pem.read_text() + chain.read_text())
                pem = both
            context.load_cert_chain(pem, key)
        return context

    def connect(self, certificate=None, to="all", name="one.example", user=None, chain=None, header=b"", client="", maximum=None):
        """The code of CONNACK and the socket; ssl.SSLError or ConnectionError if it does not come to that."""
        plain = socket.create_connection(("127.0.0.1", self.ports[to]), DEADLINE)
        plain.sendall(header)
        context = self.context(certificate, chain)
        if maximum:
            context.maximum_version = maximum
        wrapped = context.wrap_socket(plain, server_hostname=name)
        wrapped.sendall(connect(client, user, "secret" if user else None))
        return connack_of(wrapped), wrapped

    def stop(self):
        self.process.terminate()
        assert self.process.wait(DEADLINE) == 0


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    running = Broker(tmp_path_factory.mktemp("certificates"))
    yield running
    running.stop()


@pytest.mark.parametrize("asked, shown", [
    ("one.example", "one"), ("two.example", "two"), ("TWO.example", "two"), ("x.wild.example", "two"),
    ("x.y.wild.example", "one"), ("wild.example", "one"), ("unknown.example", "one"), (None, "one")])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_each_name_has_its_certificate(secure, asked, shown, version):
    context = secure.context()
    context.maximum_version = version
    with socket.create_connection(("127.0.0.1", secure.ports["all"]), DEADLINE) as plain:
        with context.wrap_socket(plain, server_hostname=asked) as wrapped:
            assert dict(pair[0] for pair in wrapped.getpeercert()["subject"])["commonName"] == shown
            assert wrapped.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]


def test_a_listener_may_have_its_own(secure):
    code, wrapped = secure.connect(to="third", name="one.example", user="anna")
    assert code == 0
    assert dict(pair[0] for pair in wrapped.getpeercert()["subject"])["commonName"] == "third"
    # It asks for no certificate, so what is shown is nobody's name.
    device = secure.authority.issue("unasked")
    assert secure.connect(device, to="third")[0] != 0
    # Required, and only 1.3, on another.
    for options in ({}, {"certificate": device, "maximum": ssl.TLSVersion.TLSv1_2}):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            secure.connect(to="required", **options)


@pytest.mark.parametrize("to, subject, alternative, user", [
    ("all", "/CN=device 1", None, "device 1"),
    ("required", "/CN=x", "email:dev@plant.example", "dev@plant.example"),
    ("dns", "/CN=x", "DNS:pump.plant.example,email:a@b.example", "pump.plant.example"),
    ("required", "/CN=x", "email:a@b.example,email:c@d.example", None),
    ("required", "/CN=dev@plant.example", None, None),
    ("dns", "/CN=x", "URI:spiffe://plant/pump", None)])
def test_the_user_name_is_where_it_is_said_to_be(secure, name, to, subject, alternative, user):
    since = len(secure.log)
    device = secure.authority.issue(name, subject, alternative)
    if user is None:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            secure.connect(device, to=to)
        assert "does not have exactly one" in secure.wait_for("connection dropped", since)
        return
    assert secure.connect(device, to=to, client=name)[0] == 0
    line = secure.wait_for(f"client={name}", since)
    assert f"user={user}" in line or f'user="{user}"' in line


@pytest.mark.parametrize("options, reason", [
    ({"end": "20210101000000Z"}, "it has expired"),
    ({"start": "20390101000000Z"}, "it is not valid yet"),
    ({"usage": "serverAuth"}, "it is not meant for clients"),
    ({"usage": "clientAuth"}, None), ({"usage": "serverAuth,clientAuth"}, None)])
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_what_is_wrong_with_a_certificate_is_told(secure, name, options, reason, version):
    since = len(secure.log)
    device = secure.authority.issue(name, **options)
    if reason is None:
        assert secure.connect(device, maximum=version)[0] == 0
        return
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(device, maximum=version)
    assert "address=127.0.0.1:" in secure.wait_for(reason, since)


def test_other_authorities_and_chains(secure, name):
    since = len(secure.log)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(secure.other.issue(name))
    secure.wait_for("does not come from an authority that is trusted", since)
    # Made by one that our authority has made: only with the certificate between.
    device = secure.sub.issue(name + "b")
    assert secure.connect(device, chain=secure.sub.certificate)[0] == 0
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(device)


@pytest.mark.parametrize("options", [{}, {"usage": "clientAuth"}], ids=["version 1", "version 3"])
def test_a_clients_certificate_makes_no_others(secure, name, options):
    leaf, key = secure.authority.issue(name + "c", **options)
    assert secure.connect((leaf, key))[0] == 0
    impostor = Authority(secure.folder / name, "impostor")
    shutil.copy(leaf, impostor.certificate)
    shutil.copy(key, impostor.file("impostor.key"))
    since = len(secure.log)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(impostor.issue("anna"), chain=leaf)
    secure.wait_for("the client's certificate is not accepted", since)


@pytest.mark.parametrize("form", ["PEM", "DER"])
def test_certificates_are_taken_back(secure, name, form):
    lost, kept = secure.authority.issue(name + "lost"), secure.authority.issue(name + "kept")
    below = secure.sub.issue(name + "below")
    connections = [secure.connect(lost)[1], secure.connect(kept)[1], secure.connect(below, chain=secure.sub.certificate)[1]]
    since = len(secure.log)
    secure.authority.revoke(lost[0])
    secure.authority.write_list(secure.folder / "list.crl", form=form)
    assert "certificates-refused=1" in secure.wait_for("files reloaded", since)
    assert connections[0].recv(100) in (b"", b"\xe0\x02\x87\x00", b"\xe0\x00")
    for connection in connections[1:]:
        connection.sendall(b"\xc0\x00")
        assert connection.recv(100) == b"\xd0\x00"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(lost)
    secure.wait_for("it has been revoked", since)
    assert secure.connect(kept)[0] == 0


def test_a_list_that_is_out_of_date_counts_on_with_a_warning(secure, name):
    lost = secure.authority.issue(name)
    secure.authority.revoke(lost[0])
    since = len(secure.log)
    secure.authority.write_list(secure.folder / "list.crl", days=1 / 86_400)
    secure.wait_for("files reloaded", since)
    secure.process.send_signal(1)
    secure.wait(lambda: sum("files reloaded" in line for line in secure.log[since:]) == 2, "another reload")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(lost)
    secure.authority.write_list(secure.folder / "list.crl")
    secure.wait(lambda: sum("files reloaded" in line for line in secure.log[since:]) == 3, "the last reload")


def session(secure, version, arguments, client):
    """What openssl tells of a connection that gets as far as CONNACK."""
    process = subprocess.Popen(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.ports['all']}", "-CAfile", str(secure.authority.certificate),
         f"-{version}", *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    since = len(secure.log)
    process.stdin.write(connect(client, "anna", "secret"))
    process.stdin.flush()
    # Not before CONNACK is here: a TLS 1.3 server sends its tickets with the first bytes that it has to say, and a client
    # that leaves earlier has none to come back with.
    output = b""
    while b"\x20\x02\0\0" not in output:
        piece = os.read(process.stdout.fileno(), 65_536)
        assert piece, output.decode("latin-1")
        output += piece
    secure.wait_for(f"client={client}", since)
    return (output + process.communicate(timeout=DEADLINE)[0]).decode("latin-1")


@pytest.mark.parametrize("version", ["tls1_2", "tls1_3"])
@pytest.mark.parametrize("with_certificate", [False, True])
def test_sessions_are_resumed_until_the_authorities_change(secure, name, version, with_certificate):
    ticket = secure.folder / f"{name}.session"
    arguments = []
    if with_certificate:
        pem, key = secure.authority.issue(name)
        arguments = ["-cert", pem, "-key", key]
    assert "New, TLSv" in session(secure, version, [*arguments, "-sess_out", ticket], name + "a")
    assert "Reused, TLSv" in session(secure, version, [*arguments, "-sess_in", ticket], name + "b")
    since = len(secure.log)
    if with_certificate:
        # Who the certificate names is known from the ticket.
        assert any(f"client={name}b" in line and f"user={name}" in line for line in secure.log)
        secure.authority.revoke(pem)
    secure.authority.write_list(secure.folder / "list.crl")
    secure.wait_for("files reloaded", since)
    if not with_certificate:
        assert "New, TLSv" in session(secure, version, [*arguments, "-sess_in", ticket], name + "c")
        return
    refused = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.ports['all']}", f"-{version}", *map(str, arguments),
         "-sess_in", str(ticket), "-ign_eof"],
        input=connect(name + "c"), capture_output=True, timeout=DEADLINE)
    assert b"Reused" not in refused.stdout
    secure.wait_for("it has been revoked", since)


HEADERS = [
    b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 8883\r\n",
    b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0f" + bytes([192, 0, 2, 7, 127, 0, 0, 1]) + (4711).to_bytes(2, "big") + b"\x22\xb3" + b"\x04\0\0"]


@pytest.mark.parametrize("header", HEADERS)
def test_tls_behind_a_proxy(secure, name, header):
    since = len(secure.log)
    device = secure.authority.issue(name)
    assert secure.connect(device, to="proxied", header=header, client=name)[0] == 0
    assert "address=192.0.2.7:4711" in secure.wait_for(f"client={name}", since)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        secure.connect(device, to="proxied", client=name)
    secure.wait_for("without a proxy's header", since)


def test_websocket_over_tls_behind_a_proxy(secure, name):
    since = len(secure.log)
    plain = socket.create_connection(("127.0.0.1", secure.ports["proxied-web"]), DEADLINE)
    plain.sendall(HEADERS[1])
    with secure.context().wrap_socket(plain, server_hostname="one.example") as wrapped:
        wrapped.sendall(
            b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Key: MDEyMzQ1Njc4OUFCQ0RFRg==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
        assert wrapped.recv(1000).startswith(b"HTTP/1.1 101")
        packet = connect(name, "anna", "secret")
        wrapped.sendall(bytes([0x82, 0x80 | len(packet), 0, 0, 0, 0]) + packet)
        assert read(wrapped, 6) == b"\x82\x04\x20\x02\0\0"
    assert "address=192.0.2.7:4711" in secure.wait_for(f"client={name}", since)


@pytest.mark.parametrize("client", ["mosquitto", "TLS 1.2", "TLS 1.3"])
def test_who_does_not_trust_the_server_is_told_about_in_words(secure, name, client):
    """What everybody meets first: the wrong authority on the client's side."""
    since = len(secure.log)
    if client == "mosquitto":
        assert subprocess.run(
            ["mosquitto_pub", "--capath", "/etc/ssl/certs", "-h", "localhost", "-p", str(secure.ports["all"]), "-t", name, "-m", "x"],
            capture_output=True, timeout=DEADLINE).returncode != 0
    else:
        context = ssl.create_default_context(cafile=ssl.get_default_verify_paths().cafile)
        context.maximum_version = ssl.TLSVersion.TLSv1_2 if client == "TLS 1.2" else ssl.TLSVersion.TLSv1_3
        with socket.create_connection(("127.0.0.1", secure.ports["all"]), DEADLINE) as plain, pytest.raises(ssl.SSLError):
            context.wrap_socket(plain, server_hostname="one.example")
    line = secure.wait_for("this server's certificate", since)
    assert re.search(r"this server's certificate \([A-Z0-9_]+\)\"", line), line
    assert ".build" not in line and "sslError" not in line and "OPENSSL" not in line, line
