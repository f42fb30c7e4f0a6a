"""What a newcomer does wrong first, and what is said then."""
import datetime
import os
import re
import socket
import subprocess
import threading

import pytest

from authority import Authority
from broker import DEADLINE, martlet

pytestmark = pytest.mark.skipif(os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own words")


def said(status, *arguments, environment=()):
    """What a command says in the end."""
    done = subprocess.run(
        [*martlet(), *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE,
        env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent", **dict(environment)})
    assert done.returncode == status, done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_an_administration_that_is_not_there(host):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    text = said(69, "ctl", "health", "--url", f"http://{host}:{port}")
    assert "nothing listens there" in text and "admin.listen" in text and "errno" not in text


def test_an_administration_that_closes_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as other:
        def close():
            connection, _ = other.accept()
            connection.recv(65_536)
            connection.close()
        thread = threading.Thread(target=close, daemon=True)
        thread.start()
        assert "does it want https: there?" in said(69, "ctl", "health", "--url", f"http://127.0.0.1:{other.getsockname()[1]}")
        thread.join(DEADLINE)


@pytest.mark.parametrize("url", ["127.0.0.1:9883", "ftp://127.0.0.1", "http://", "here", "mqtt://127.0.0.1"])
def test_what_is_no_url_of_an_administration(url):
    assert f'"{url}" is no URL of an administration listener' in said(64, "ctl", "health", "--url", url)


def test_files_of_certificates_that_are_not_there(tmp_path):
    text = said(78, "serve", "--listen", "mqtts://127.0.0.1:0", "--data", tmp_path / "data", "--allow-anonymous",
                "--certificate", tmp_path / "nope", "--private-key", tmp_path / "nope")
    assert f"{tmp_path / 'nope'}: there is no such file" in text


@pytest.mark.parametrize("arguments, status", [
    (["pub", "-h", "127.0.0.1", "-t", b"a\xff", "-m", "x"], 1), (["sub", "-t", b"\xff"], 1), (["rr", "-t", b"\xc0\x80"], 1),
    (["can", "--user", b"\xff", "publish", "a"], 64)])
def test_arguments_that_are_no_text(arguments, status):
    """A command line that would be changed on its way is not carried out."""
    assert "Malformed UTF-8 in argument" in said(status, *arguments)


def test_a_check_of_conformance_that_is_not_there():
    assert "nosuch" in said(64, "conformance", "--only", "nosuch")


class Broker:
    """One that serves a certificate."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "martlet.yaml").write_text(
            f"data_directory: {folder}/data\nallow_anonymous: true\nlisteners: [\"mqtts://127.0.0.1:0\"]\n"
            f"tls: {{ certificate: {folder}/server.pem, private_key: {folder}/server.key }}\n", encoding="utf-8")
        self.process = subprocess.Popen(
            martlet("serve", "--config", folder / "martlet.yaml"), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def read(self, text):
        """All lines up to one with this in it."""
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            if text in line:
                return lines
        raise AssertionError(f"{text} not seen: {lines}")

    def stop(self):
        self.process.terminate()
        self.process.stderr.read()
        assert self.process.wait(DEADLINE) == 0


def date(days):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days)).strftime("%Y%m%d%H%M%SZ")


@pytest.mark.parametrize("times, words", [
    ({"end": "20210101000000Z"}, "the certificate has expired on 2021-01-01T00:00:00Z"),
    ({"start": "20390101000000Z"}, "the certificate is not valid before 2039-01-01T00:00:00Z"),
    ({"end": date(29.5)}, "in 29 days"), ({"end": date(31)}, None)])
def test_certificates_that_clients_refuse_are_told_of(tmp_path, times, words):
    """At the start, and when the files are read again."""
    authority = Authority(tmp_path)
    authority.issue("server", **times)
    broker = Broker(tmp_path)
    try:
        told = [line for line in broker.read("listening on") if "certificate" in line and " warning " in line]
        assert len(told) == (words is not None), told
        if words:
            assert words in told[0] and f"{tmp_path}/server.pem: " in told[0]
        authority.issue("server", end=date(1.5))
        # The files' changes are noticed: until both belong together, that is told instead.
        line = broker.read("the certificate expires on")[-1]
        assert re.search(r" warning .*server.pem: the certificate expires on .*, in 1 days", line), line
    finally:
        broker.stop()


def test_the_start_names_directory_and_durability(tmp_path):
    Authority(tmp_path).issue("server")
    broker = Broker(tmp_path)
    try:
        line = next(line for line in broker.read("listening on") if "data directory" in line)
        assert " info " in line and "durability=synced" in line and f"path={tmp_path}/data" in line
    finally:
        broker.stop()


def test_levels_and_areas_of_the_log(tmp_path):
    broker = subprocess.Popen(
        martlet("serve", "--data", tmp_path, "--listen", "mqtt://127.0.0.1:0", "--admin", "http://127.0.0.1:0"),
        stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        url = next(found[0] for line in broker.stderr if (found := re.search(r"http://127.0.0.1:\d+", line)))
        threading.Thread(target=broker.stderr.read, daemon=True).start()
        made = subprocess.run(martlet("ctl", "token", "create", "me", "--role", "operate", "--data", tmp_path), check=True,
                              capture_output=True, text=True, timeout=DEADLINE)
        assert f"{tmp_path}/admin.tokens" in made.stderr
        environment = {"MARTLET_CTL_URL": url, "MARTLET_CTL_TOKEN": made.stdout.strip()}
        assert "there is no level loud: trace, debug, info" in said(1, "ctl", "log-level", "clients", "loud", environment=environment)
        assert "there is no area people: all, server, clients" in said(1, "ctl", "log-level", "people", "info", environment=environment)
        said(0, "ctl", "log-level", "clients", "debug", environment=environment)
    finally:
        broker.terminate()
        assert broker.wait(DEADLINE) == 0
