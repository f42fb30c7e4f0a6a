"""Tokens as passwords, with paho and Mosquitto's clients; and a password file with SCRAM verifiers, with Mosquitto."""
import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import time

import pytest

from broker import DEADLINE, martlet, start
from ports import free_ports
from tools import command

SECRET = b"a secret for tests that has more than 32 bytes"


def encoded(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def token(user, seconds, secret=SECRET, **claims):
    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    body = encoded(json.dumps({"sub": user, "exp": int(time.time()) + seconds, **claims}).encode())
    signature = hmac.new(secret, head + b"." + body, hashlib.sha256).digest()
    return (head + b"." + body + b"." + encoded(signature)).decode()


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    if os.environ.get("INTEROP_BROKER") == "mosquitto":
        pytest.skip("Mosquitto takes no tokens")
    secret = tmp_path_factory.mktemp("tokens") / "secret"
    secret.write_bytes(SECRET + b"\n")
    os.environ["MARTLET_AUTHENTICATION_JWT_SECRET_FILE"] = str(secret)
    os.environ["MARTLET_AUTHENTICATION_METHODS"] = "jwt"
    try:
        running = start()
    finally:
        del os.environ["MARTLET_AUTHENTICATION_JWT_SECRET_FILE"]
        del os.environ["MARTLET_AUTHENTICATION_METHODS"]
    yield running
    running.stop()


@pytest.mark.parametrize("transport", ["tcp", "websockets"])
@pytest.mark.parametrize("version", [4, 5])
def test_a_token_is_a_password(client, secured, name, version, transport):
    options = {"to": secured, "version": version, "transport": transport, "user": "x"}
    anna = client(name, password=token("anna", 600), **options)
    anna.subscribe(f"a/{name}", 1)
    anna.publish(f"a/{name}", "hello", 1)
    assert anna.payloads(1) == ["hello"]
    for wrong in (token("anna", -1), token("anna", 600, b"x" * 40), "password"):
        with pytest.raises(AssertionError, match="CONNACK 13[45]"):
            client(f"{name}-wrong", password=wrong, **options)


@pytest.mark.parametrize("version", [4, 5])
def test_a_token_ends_its_connection(client, secured, name, version):
    anna = client(name, to=secured, version=version, user="x", password=token("anna", 3))
    assert anna.disconnected.wait(DEADLINE)


def test_mosquitto_pub_takes_a_token(secured, name):
    done = subprocess.run(
        command(secured, "mosquitto_pub", "-u", "x", "-P", token("anna", 600), "-t", f"a/{name}", "-m", "x", "-q", "1"),
        capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("mosquitto_passwd"), reason="mosquitto is not installed")
def test_a_file_with_scram_verifiers_serves_mosquitto(tmp_path):
    users = tmp_path / "users"
    for arguments in (("--scram", "anna"), ("bob",)):
        *flags, user = arguments
        subprocess.run(
            martlet("passwd", "--machine", *flags, "-b", users, user, f"secret of {user}"), check=True, timeout=DEADLINE)
    assert users.read_text().count(":SCRAM-SHA-256$") == 1
    subprocess.run(["mosquitto_passwd", "-b", users, "bob", "new"], check=True, timeout=DEADLINE)
    assert users.read_text().count(":SCRAM-SHA-256$") == 1
    subprocess.run(martlet("passwd", "--verify", "-b", users, "anna", "secret of anna"), check=True, timeout=DEADLINE)

    tmp_path.chmod(0o755)
    for folder in list(tmp_path.parents)[:2]:
        folder.chmod(0o755)
    users.chmod(0o644)
    (port,) = free_ports(1)
    configuration = tmp_path / "mosquitto.conf"
    configuration.write_text(f"listener {port} 127.0.0.1\npassword_file {users}\nallow_anonymous false\n")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    mosquitto = subprocess.Popen([program, "-c", str(configuration)], stderr=subprocess.DEVNULL)
    try:
        def login(user, password):
            return subprocess.run(
                ["mosquitto_pub", "-p", str(port), "-u", user, "-P", password, "-t", "a", "-m", "x"],
                capture_output=True, timeout=DEADLINE).returncode

        end = time.monotonic() + DEADLINE
        while login("bob", "new") != 0:
            assert time.monotonic() < end and mosquitto.poll() is None
        assert login("anna", "secret of anna") == 0
        assert login("anna", "wrong") != 0
    finally:
        mosquitto.terminate()
        mosquitto.wait(DEADLINE)
