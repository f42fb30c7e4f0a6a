"""Listeners and TLS that change while the broker runs, on real sockets."""
import pathlib
import signal
import socket
import ssl
import subprocess
import threading

import paho.mqtt.client as paho
import pytest

from conftest import DEADLINE, MARTLET, wait_for
from ports import free_ports

RELOADED = "configuration reloaded"
UNCHANGED = "stay as they were"


class Client:
    """MQTT 5.0 byte by byte, so that every DISCONNECT is seen."""

    def __init__(self, address, tls=None, user=None, name=b"x"):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(DEADLINE)
            self.socket.connect(address)
        else:
            self.socket = socket.create_connection(("127.0.0.1", address), DEADLINE)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        login = b"".join(len(one).to_bytes(2, "big") + one for one in (user, b"secret")) if user else b""
        rest = b"\x00\x04MQTT\x05" + bytes([0xC2 if user else 2]) + b"\x00\x00\x00"
        rest += len(name).to_bytes(2, "big") + name + login
        self.socket.sendall(bytes([0x10, len(rest)]) + rest)
        self.code = self.packet()[1][1]

    def packet(self):
        """(the first byte, the rest); None: the connection has ended."""
        head = self.exactly(2)
        return head and (head[0], self.exactly(head[1]))

    def exactly(self, count):
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            if not part:
                return None
            got += part
        return got

    def is_alive(self):
        self.socket.sendall(b"\xc0\x00")
        return self.packet() == (0xD0, b"")

    def ended(self):
        """The reason of DISCONNECT, after which the connection ends."""
        kind, rest = self.packet()
        assert kind == 0xE0 and self.packet() is None
        return rest[0]


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), DEADLINE).close()
    except ConnectionRefusedError:
        return True
    return False


class Reloaded:
    """A broker and its configuration file."""

    def __init__(self, start, folder, text):
        self.file = folder / "martlet.yaml"
        self.file.write_text(text)
        self.martlet = start("--config", str(self.file), "--admin", "http://127.0.0.1:0")
        assert self.martlet.url and self.martlet.find("listening on")

    def reload(self, text, expected=RELOADED):
        self.file.write_text(text)
        since = len(self.martlet.lines)
        self.martlet.process.send_signal(signal.SIGHUP)
        self.martlet.find(expected, since)
        return "".join(self.martlet.lines[since:])


def listening(*urls, more=""):
    return f"listeners: [{', '.join(f'{chr(34)}{url}{chr(34)}' for url in urls)}]\ndurability: memory\n{more}"


@pytest.mark.parametrize("shards", [1, 2])
def test_listeners_come_and_go(start, tmp_path, shards):
    first, second, third = free_ports(3)
    a, b = f"mqtt://127.0.0.1:{first}", f"mqtt://127.0.0.1:{second}"
    path = str(tmp_path / "socket")
    more = f"shards: {shards}\n"
    broker = Reloaded(start, tmp_path, listening(a, more=more))
    token = broker.martlet.token("admin")
    stays = [Client(first, name=b"s%d" % number) for number in range(3)]
    assert [one.code for one in stays] == [0, 0, 0] and refused(second)

    broker.reload(listening(a, b, f"unix://{path}", more=more))
    new, local = Client(second, name=b"n"), Client(path, name=b"l")
    assert new.code == local.code == 0
    assert all(one.is_alive() for one in stays)
    assert b in broker.martlet.ctl(token, "listeners").stdout

    # The other way round; who came through the one that goes has to go, and is told so.
    broker.reload(listening(b, more=more))
    assert [one.ended() for one in stays] == [0x98] * 3
    assert local.ended() == 0x98 and not pathlib.Path(path).exists()
    assert refused(first) and new.is_alive()
    assert a not in broker.martlet.ctl(token, "listeners").stdout

    # One that cannot be opened: nothing of it all is taken, and the answer says why.
    with socket.create_server(("127.0.0.1", third)):
        broken = listening(a, f"mqtt://127.0.0.1:{third}", more=more + "limits: { queue_messages: 7 }\n")
        assert f"cannot listen on mqtt://127.0.0.1:{third}" in broker.reload(broken, UNCHANGED)
        answer = broker.martlet.ctl(token, "config", "reload", "--json", check=False)
        assert "the port is taken" in answer.stdout + answer.stderr and answer.returncode == 1
        assert refused(first) and new.is_alive() and Client(second, name=b"m").code == 0
        assert "limits.queue_messages" in broker.martlet.ctl(token, "config", "pending").stdout
    broker.reload(broken)
    assert Client(first).code == Client(third, name=b"y").code == 0 and refused(second)
    assert new.ended() == 0x98


def test_an_address_that_overlaps_and_another_protocol(start, tmp_path):
    (port,) = free_ports(1)
    everybody = "allow_anonymous: true\n"
    broker = Reloaded(start, tmp_path, listening(f"mqtt://127.0.0.1:{port}", more=everybody))
    client = Client(port)
    # The system does not let both be bound at a time.
    broker.reload(listening(f"mqtt://0.0.0.0:{port}", more=everybody))
    assert client.ended() == 0x98 and Client(port).code == 0
    # The socket stays, what is spoken there does not.
    client = Client(port)
    broker.reload(listening(f"ws://0.0.0.0:{port}/mqtt", more=everybody))
    assert client.ended() == 0x98
    web = paho.Client(paho.CallbackAPIVersion.VERSION2, transport="websockets", protocol=paho.MQTTv5)
    connected = threading.Event()
    web.on_connect = lambda *_: connected.set()
    web.connect("127.0.0.1", port)
    web.loop_start()
    assert connected.wait(DEADLINE)
    web.disconnect()
    web.loop_stop()
    # A listener that needs the place of one that goes, beside one that fails: the old one is back.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        both = listening(f"ws://127.0.0.1:{port}/mqtt", f"mqtt://127.0.0.1:{taken.getsockname()[1]}", more=everybody)
        broker.reload(both, UNCHANGED)
        assert not refused(port)


@pytest.fixture
def made(tmp_path):
    """Two authorities with servers and clients of theirs."""
    for folder in ("one", "two"):
        subprocess.run([MARTLET, "setup", str(tmp_path / folder), "--user", "anna", "--password", "a long password",
                        "--name", "localhost"], check=True, capture_output=True, timeout=DEADLINE)
        subprocess.run([MARTLET, "cert", "client", "pump", "--directory", str(tmp_path / folder)], check=True,
                       capture_output=True, timeout=DEADLINE)
    return tmp_path


def trusting(folder, certificate=False, latest=ssl.TLSVersion.TLSv1_3):
    context = ssl.create_default_context(cafile=str(folder / "ca.pem"))
    context.maximum_version = latest
    if certificate:
        context.load_cert_chain(str(folder / "pump.pem"), str(folder / "pump.key"))
    return context


def tls(folder, more=""):
    return f"certificate: {folder}/server.pem, private_key: {folder}/server.key{more}"


def test_tls_is_exchanged_for_new_connections(start, made):
    (port,) = free_ports(1)
    one, two = made / "one", made / "two"
    url = f"mqtts://127.0.0.1:{port}"
    who = "allow_anonymous: true\n"
    broker = Reloaded(start, made, listening(url, more=who + f"tls: {{ {tls(one)} }}\n"))
    token = broker.martlet.token("admin")
    old = Client(port, trusting(one))
    # Another certificate, from another file: new connections get it, old ones notice nothing.
    broker.reload(listening(url, more=who + f"tls: {{ {tls(two)} }}\n"))
    assert Client(port, trusting(two), name=b"y").code == 0 and old.is_alive()
    with pytest.raises(ssl.SSLCertVerificationError):
        Client(port, trusting(one))
    assert str(two) in broker.martlet.ctl(token, "certificates").stdout
    # Files that do not fit together: nothing changes.
    mixed = f"certificate: {one}/server.pem, private_key: {two}/server.key"
    assert "is" in broker.reload(listening(url, more=who + f"tls: {{ {mixed} }}\n"), UNCHANGED)
    assert Client(port, trusting(two), name=b"z").code == 0
    # The oldest version that is spoken.
    older = trusting(two, latest=ssl.TLSVersion.TLSv1_2)
    assert Client(port, older, name=b"o").code == 0
    broker.reload(listening(url, more=who + f"tls: {{ {tls(two, ', minimum_version: 1.3')} }}\n"))
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        Client(port, older)
    # Clients' certificates are demanded, of those too that have come without.
    ca = f", client_certificates: required, client_ca: {two}/ca.pem"
    broker.reload(listening(url, more=who + f"tls: {{ {tls(two, ca)} }}\n"))
    assert old.ended() == 0x87
    pump = Client(port, trusting(two, certificate=True), name=b"pump")
    assert pump.code == 0 and pump.is_alive()
    broker.martlet.find("client connected.*user=pump")
    # In TLS 1.3 a client learns it with the first byte that it reads.
    with pytest.raises((ssl.SSLError, ConnectionResetError, TypeError)):
        Client(port, trusting(two))
    # Another authority: the connection that the old one has vouched for ends.
    ca = f", client_certificates: required, client_ca: {one}/ca.pem"
    broker.reload(listening(url, more=who + f"tls: {{ {tls(two, ca)} }}\n"))
    assert pump.ended() == 0x87
    # No longer asked for at all.
    broker.reload(listening(url, more=who + f"tls: {{ {tls(two)} }}\n"))
    assert Client(port, trusting(two), name=b"w").code == 0


def test_ways_to_log_in_and_rules_come_and_go(start, tmp_path):
    (port,) = free_ports(1)
    users = tmp_path / "users"
    subprocess.run([MARTLET, "passwd", "--machine", "-b", str(users), "anna", "secret"], check=True, timeout=DEADLINE)
    url = f"mqtt://127.0.0.1:{port}"
    broker = Reloaded(start, tmp_path, listening(url))
    token = broker.martlet.token("admin")
    stranger = Client(port)
    assert stranger.code == 0
    assert "password_file" in broker.martlet.ctl(token, "users", "list", check=False).stderr
    # From now on users have to say who they are, those that are there already too.
    password = f"authentication: {{ password_file: {users} }}\n"
    rules = "authorization: { rules: [ { allow: all, users: anna, topics: a } ] }\n"
    broker.reload(listening(url, more=password + rules))
    assert stranger.ended() == 0x87 and Client(port).code == 0x87
    anna = Client(port, user=b"anna", name=b"a")
    assert anna.code == 0 and "anna" in broker.martlet.ctl(token, "users", "list").stdout
    assert broker.martlet.ctl(token, "rules", "explain", "publish", "b", "--user", "anna", check=False).returncode == 1
    # Other rules, and then none of it any more: nobody has to come in anew.
    broker.reload(listening(url, more=password + rules.replace("topics: a", "topics: b")))
    assert anna.is_alive()
    assert broker.martlet.ctl(token, "rules", "explain", "publish", "b", "--user", "anna").returncode == 0
    broker.reload(listening(url, more=""))
    assert anna.is_alive() and Client(port).code == 0


def test_nothing_is_lost_while_listeners_and_certificates_change(start, made):
    """Messages flow through one listener while another one comes, changes and goes, with two certificates in turn."""
    stays, changes = free_ports(2)
    one, two = made / "one", made / "two"

    def text(number):
        other = f', "mqtts://127.0.0.1:{changes}"' if number % 3 else ""
        return (f'listeners: ["mqtts://127.0.0.1:{stays}"{other}]\nallow_anonymous: true\ndurability: synced\n'
                f"tls: {{ {tls((one, two)[number % 2])} }}\ndefence: {{ flaps: {100 + number} }}\n")

    broker = Reloaded(start, made, text(0))
    count, received, done = 3000, [], threading.Event()

    def client(name):
        made_client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        made_client.tls_set_context(trusting(one))
        made_client.lost = []
        made_client.on_disconnect = lambda _c, _d, _f, code, _p: made_client.lost.append(code)
        return made_client

    def message(_client, _data, message):
        received.append(int(message.payload))
        if len(received) == count:
            done.set()

    subscribed = threading.Event()
    subscriber, publisher = client("subscriber"), client("publisher")
    subscriber.on_connect = lambda connected, *_: connected.subscribe("load", qos=1)
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.on_message = message
    for each in (subscriber, publisher):
        each.connect("localhost", stays)
        each.loop_start()
    assert subscribed.wait(DEADLINE)
    sent = [publisher.publish("load", str(number), qos=1) for number in range(count)]
    reloads = 0
    while reloads < 6 or not done.is_set() and reloads < 200:
        reloads += 1
        broker.reload(text(reloads))
        # Whatever is configured now is what new connections get.
        folder = (one, two)[reloads % 2]
        assert Client(stays, trusting(folder), name=b"t").code == 0
        assert refused(changes) if reloads % 3 == 0 else Client(changes, trusting(folder), name=b"u").code == 0
    assert done.wait(DEADLINE), f"{len(received)} came"
    for info in sent:
        info.wait_for_publish(DEADLINE)
    assert received == list(range(count))
    for each in (subscriber, publisher):
        assert each.lost == []
        each.disconnect()
        each.loop_stop()
    wait_for("the end", lambda: publisher.is_connected() is False)
