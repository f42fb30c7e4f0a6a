"""What martlet setup makes, used by mosquitto-clients, paho and openssl over mqtts and wss."""
import os
import queue
import re
import signal
import socket
import ssl
import subprocess
import threading

import paho.mqtt.client as paho
import pytest

from broker import DEADLINE, martlet

pytestmark = pytest.mark.skipif(
    os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own way to set up TLS")
LISTENING = re.compile(r"listening on (mqtts|wss)://127\.0\.0\.1:(\d+)")


class SecureBroker:
    def __init__(self, folder):
        self.folder = folder
        subprocess.run(
            martlet("setup", folder, "--user", "anna", "--password", "secret"),
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=DEADLINE)
        subprocess.run(
            martlet("cert", "client", "dev", "--directory", folder),
            check=True, stdout=subprocess.DEVNULL, timeout=DEADLINE)
        (folder / "acl.txt").write_text("user anna\ntopic #\nuser dev\ntopic dev/#\n", encoding="utf-8")
        self.process = subprocess.Popen(
            martlet("serve", "--config", folder / "martlet.yaml", "--listen", "mqtts://127.0.0.1:0",
                    "--listen", "wss://127.0.0.1:0/mqtt"),
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.ports = {}
        for line in self.process.stderr:
            if match := LISTENING.search(line):
                self.ports[match[1]] = int(match[2])
            if len(self.ports) == 2:
                break
        assert len(self.ports) == 2, "the broker did not announce both listeners"
        # Somebody has to read the rest, or the broker would wait for room.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def file(self, name):
        return str(self.folder / name)

    def command(self, tool, *arguments, port=None):
        return [tool, "--cafile", self.file("ca.pem"), "-h", "localhost", "-p", str(port or self.ports["mqtts"]), *arguments]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(DEADLINE) == 0


@pytest.fixture(scope="module")
def secure(tmp_path_factory):
    running = SecureBroker(tmp_path_factory.mktemp("secure") / "broker")
    yield running
    running.stop()


LOGIN = ["-u", "anna", "-P", "secret"]


@pytest.mark.parametrize("version", ["tlsv1.2", "tlsv1.3"])
def test_mosquitto_clients(secure, name, version):
    options = ["--tls-version", version, "-t", name, "-q", "1"]
    published = subprocess.run(
        secure.command("mosquitto_pub", *LOGIN, *options, "-m", "hello", "-r"), capture_output=True, timeout=DEADLINE)
    assert published.returncode == 0, published.stderr
    received = subprocess.run(
        secure.command("mosquitto_sub", *LOGIN, *options, "-C", "1"), capture_output=True, timeout=DEADLINE)
    assert received.stdout == b"hello\n"


def test_a_certificate_is_a_user(secure, name):
    certificate = ["--cert", secure.file("dev.pem"), "--key", secure.file("dev.key")]
    # 16: nobody has subscribed.
    for topic, code in ((f"dev/{name}", 16), (f"other/{name}", 0x87)):
        done = subprocess.run(
            secure.command("mosquitto_pub", *certificate, "-V", "mqttv5", "-d", "-t", topic, "-q", "1", "-m", "x"),
            capture_output=True, timeout=DEADLINE)
        assert f"RC:{code})".encode() in done.stdout, done.stdout + done.stderr


def test_who_does_not_trust_the_authority_stays_out(secure, name):
    other = subprocess.run(
        ["mosquitto_pub", "--capath", "/etc/ssl/certs", "-h", "localhost", "-p", str(secure.ports["mqtts"]), *LOGIN, "-t", name, "-m", "x"],
        capture_output=True, timeout=DEADLINE)
    assert other.returncode != 0


@pytest.mark.parametrize("scheme", ["mqtts", "wss"])
def test_paho(secure, name, scheme):
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5, reconnect_on_failure=False,
        transport="websockets" if scheme == "wss" else "tcp")
    client.tls_set(secure.file("ca.pem"))
    client.username_pw_set("anna", "secret")
    if scheme == "wss":
        client.ws_set_options(path="/mqtt")
    inbox = queue.Queue()
    client.on_connect = lambda *_: client.subscribe(name, 2)
    client.on_subscribe = lambda *_: client.publish(name, b"x" * 500_000, 2)
    client.on_message = lambda _, __, message: inbox.put(message.payload)
    client.connect("localhost", secure.ports[scheme])
    client.loop_start()
    try:
        assert inbox.get(timeout=DEADLINE) == b"x" * 500_000
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize("scheme", ["mqtts", "wss"])
def test_paho_with_a_certificate(secure, name, scheme):
    client = paho.Client(
        paho.CallbackAPIVersion.VERSION2, name, protocol=paho.MQTTv5, reconnect_on_failure=False,
        transport="websockets" if scheme == "wss" else "tcp")
    client.tls_set(secure.file("ca.pem"), secure.file("dev.pem"), secure.file("dev.key"))
    answers = queue.Queue()
    client.on_connect = lambda c, u, flags, reason, properties: c.subscribe([("dev/#", 1), ("other/#", 1)])
    client.on_subscribe = lambda c, u, mid, reasons, properties: (
        answers.put([reason.value for reason in reasons]), c.publish(f"dev/{name}", "by certificate", qos=1))
    client.on_message = lambda c, u, message: answers.put(message.payload)
    client.connect("localhost", secure.ports[scheme])
    client.loop_start()
    try:
        assert answers.get(timeout=DEADLINE) == [1, 0x87], "the certificate's name has its own rights only"
        assert answers.get(timeout=DEADLINE) == b"by certificate"
    finally:
        client.disconnect()
        client.loop_stop()


def tool(secure, name, *arguments, port=None, host="localhost"):
    """The exit status, output and errors of martlet's tool and of Mosquitto's."""
    results = {}
    for kind in ("martlet", "mosquitto"):
        program = martlet(name) if kind == "martlet" else [f"mosquitto_{name}"]
        done = subprocess.run(
            [*program, "-h", host, "-p", str(port or secure.ports["mqtts"]), *arguments], stdin=subprocess.DEVNULL,
            capture_output=True, timeout=DEADLINE, env={**os.environ, "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"})
        results[kind] = done.returncode, done.stdout, done.stderr
    return results


@pytest.mark.parametrize("options, code", [
    ("", 0), ("--tls-version tlsv1.2", 0), ("--tls-version tlsv1.3", 0), ("--tls-alpn mqtt", 0), ("--insecure", 0), ("-V 5", 0),
    ("--tls-version tlsv1.2 --ciphers ECDHE-ECDSA-AES128-GCM-SHA256", 0), ("--nodelay --cert DEV.pem --key DEV.key", 0),
    ("--cafile /etc/ssl/certs/ca-certificates.crt", 8)])
def test_commands(secure, name, options, code):
    """The same over TLS as Mosquitto's tools."""
    words = options.replace("DEV", secure.file("dev")).split()
    for arguments in ["pub", "-m", "hello", "-r", "-q", "1"], ["sub", "-C", "1", "-v"]:
        found = tool(secure, arguments[0], "--cafile", secure.file("ca.pem"), *LOGIN, "-t", name, *arguments[1:], *words)
        assert found["martlet"][0] == code, found["martlet"][2]
        if code == 0:  # Mosquitto's tools fail with 8 or with 1, by chance.
            assert found["martlet"][:2] == found["mosquitto"][:2]


def test_commands_by_url_and_websocket(secure, name):
    for scheme in ("mqtts", "wss"):
        url = f"{scheme}://anna:secret@127.0.0.1:{secure.ports[scheme]}/{name}"
        for command in ["pub", "-m", scheme, "-r", "-q", "2"], ["sub", "-C", "1"]:
            done = subprocess.run(
                martlet(command[0], "-L", url, "--cafile", secure.file("ca.pem"), *command[1:]), capture_output=True, timeout=DEADLINE)
            assert done.returncode == 0, done.stderr
        assert done.stdout == f"{scheme}\n".encode()


def test_commands_tell_what_is_wrong(secure, name):
    for arguments, text in [
            (["-h", "localhost", "--tls-use-os-certs"], b"not trusted"),
            (["-h", "localhost", "--cafile", secure.file("ca.pem"), "--tls-version", "tlsv1.3", "--ciphers", "x"], b"ciphers"),
            (["-h", "localhost", "--cafile", secure.file("ca.pem"), "--cert", secure.file("ca.pem"), "--key", secure.file("dev.key")],
             b"the key to it")]:
        done = subprocess.run(
            martlet("pub", "-p", secure.ports["mqtts"], *arguments, "-t", name, "-m", "x"), capture_output=True, timeout=DEADLINE)
        assert done.returncode != 0 and text in done.stderr, done.stderr


def test_bench(secure):
    done = subprocess.run(
        martlet("bench", "p2p", "-p", "2", "-r", "20", "-d", "0.5", "--json", "--quiet", "--user", "anna", "--password", "secret",
                "--cafile", secure.file("ca.pem"), "--url", f"mqtts://localhost:{secure.ports['mqtts']}"),
        capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr


def test_openssl_sees_chain_and_protocol(secure):
    seen = subprocess.run(
        ["openssl", "s_client", "-connect", f"127.0.0.1:{secure.ports['mqtts']}", "-CAfile", secure.file("ca.pem"),
         "-alpn", "mqtt", "-verify_return_error", "-verify_hostname", "localhost"],
        stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, text=True)
    assert "ALPN protocol: mqtt" in seen.stdout
    assert "Verify return code: 0 (ok)" in seen.stdout
    assert "TLSv1.3" in seen.stdout


def test_python_checks_the_address(secure):
    context = ssl.create_default_context(cafile=secure.file("ca.pem"))
    context.set_alpn_protocols(["mqtt"])
    with socket.create_connection(("127.0.0.1", secure.ports["mqtts"]), DEADLINE) as plain:
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
            assert wrapped.selected_alpn_protocol() == "mqtt"
