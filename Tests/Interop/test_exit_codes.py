"""What scripts see when a broker refuses, goes, or answers nothing: martlet pub, sub and rr beside Mosquitto's tools."""
import os
import socket
import subprocess

import pytest

from broker import DEADLINE, martlet, start

LINES = {"pub": ["-m", "x", "-q", "1"], "sub": ["-C", "1"], "rr": ["-e", "answer", "-m", "x"]}
TOOLS = {"mosquitto": lambda command: [f"mosquitto_{command}"], "martlet": lambda command: martlet(command)}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    file = tmp_path_factory.mktemp("users") / "passwords"
    subprocess.run(martlet("passwd", "--machine", "-b", file, "anna", "secret"), check=True, timeout=DEADLINE)
    rules = file.with_name("rules")
    rules.write_text("user anna\ntopic readwrite #\n", encoding="utf-8")
    running = start(password_file=file, acl_file=rules)
    yield running
    running.stop()


def run(tool, command, port, *more):
    """The exit code, and what is printed."""
    done = subprocess.run(
        [*TOOLS[tool](command), "-h", "127.0.0.1", "-p", str(port), "-t", "T", *LINES[command], *more],
        capture_output=True, timeout=DEADLINE, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("more", [[], ["-u", "anna", "-P", "wrong"], ["-u", "nobody"], ["--quiet"]], ids=" ".join)
@pytest.mark.parametrize("version", ["31", "311", "5"])
@pytest.mark.parametrize("command", LINES)
def test_refused(secured, command, version, more):
    """The code of CONNACK."""
    port = secured.addresses["tcp"].port
    # MQTT 3.1 has no client identifiers that the broker chooses.
    found = {tool: run(tool, command, port, "-V", version, "-i", "me", *more) for tool in TOOLS}
    if command == "pub" and version == "5":
        # After the reason mosquitto_pub speaks of "a network protocol error".
        found = {tool: (*result[:2], result[2].split(b"\n")[0]) for tool, result in found.items()}
    if command == "rr" and version != "5":
        # mosquitto_rr takes the code for one of 5.0: "Disconnect with Will Message".
        found = {tool: result[:2] for tool, result in found.items()}
    assert found["martlet"] == found["mosquitto"]
    assert found["martlet"][0] in ((134, 135) if version == "5" else (4, 5))


@pytest.mark.parametrize("command", ["sub", "rr"])
def test_time_is_over(broker, name, command):
    tcp = broker.addresses["tcp"]
    more = ["-t", name, "-W", "1"]
    found = {tool: run(tool, command, tcp.port, *(more if command == "sub" else more[2:])) for tool in TOOLS}
    assert found["martlet"] == found["mosquitto"]
    assert found["martlet"][0] == 27


@pytest.mark.parametrize("command", LINES)
def test_nobody_there(command):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
    found = {tool: run(tool, command, port) for tool in TOOLS}
    assert found["martlet"] == found["mosquitto"]
    assert found["martlet"][0] == 1


@pytest.mark.parametrize("way", ["file", "input", "lines"])
def test_what_cannot_be_read_is_not_sent(broker, name, way):
    """A directory can be opened, but not read: no empty message, which would delete the one that is retained."""
    tcp = broker.addresses["tcp"]
    end = ["-h", tcp.host, "-p", str(tcp.port), "-t", name]
    subprocess.run([*martlet("pub"), *end, "-r", "-q", "1", "-m", "kept"], check=True, timeout=DEADLINE)
    with open("/dev/null", "rb") as nothing:
        directory = os.open("/", os.O_RDONLY)
        try:
            done = subprocess.run(
                [*martlet("pub"), *end, "-r", "-q", "1", *{"file": ["-f", "/"], "input": ["-s"], "lines": ["-l"]}[way]],
                stdin=nothing if way == "file" else directory, capture_output=True, timeout=DEADLINE)
        finally:
            os.close(directory)
    assert done.returncode == 1
    assert b"Is a directory" in done.stderr
    assert way == "lines" or b"Error loading input" in done.stderr
    kept = subprocess.run([*martlet("sub"), *end, "-C", "1"], capture_output=True, timeout=DEADLINE, check=True)
    assert kept.stdout == b"kept\n"


@pytest.mark.parametrize("command", ["sub", "rr"])
def test_output_that_cannot_be_written(broker, name, command):
    tcp = broker.addresses["tcp"]
    end = ["-h", tcp.host, "-p", str(tcp.port)]
    subprocess.run([*martlet("pub"), *end, "-t", name, "-r", "-m", "kept"], check=True, timeout=DEADLINE)
    more = ["-t", name] if command == "sub" else ["-t", "anything", "-e", name, "-m", "x"]
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*martlet(command), *end, *more], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
                              timeout=DEADLINE)
    assert done.returncode == 1
    assert done.stderr == b"Error: Unable to write to standard output: No space left on device.\n"


@pytest.mark.parametrize("qos", ["1", "2"])
def test_what_cannot_be_written_is_not_acknowledged(broker, name, qos):
    tcp = broker.addresses["tcp"]
    end = ["-h", tcp.host, "-p", str(tcp.port)]
    reader = [*martlet("sub"), *end, "-t", name, "-q", qos, "-i", f"reader-{name}", "-c", "-x", "300"]
    subprocess.run([*reader, "-E"], check=True, timeout=DEADLINE)
    for text in ("1", "2", "3"):
        subprocess.run([*martlet("pub"), *end, "-t", name, "-q", qos, "-m", text], check=True, timeout=DEADLINE)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([*reader, "-C", "3"], stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=DEADLINE)
    assert done.returncode == 1 and b"No space left on device" in done.stderr
    done = subprocess.run([*reader, "-C", "3"], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, check=True)
    assert done.stdout == b"1\n2\n3\n"
    done = subprocess.run([*reader, "-W", "1"], stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
    assert (done.returncode, done.stdout) == (27, b"")


def test_what_ends_retained_only_does_not_come_again(broker, name):
    tcp = broker.addresses["tcp"]
    end = ["-h", tcp.host, "-p", str(tcp.port)]
    reader = [*martlet("sub"), *end, "-t", name, "-q", "1", "-i", f"reader-{name}", "-c", "-x", "300"]
    subprocess.run([*martlet("pub"), *end, "-t", name, "-r", "-q", "1", "-m", "kept"], check=True, timeout=DEADLINE)
    subprocess.run([*reader, "-C", "1"], check=True, timeout=DEADLINE, capture_output=True)
    subprocess.run([*martlet("pub"), *end, "-t", name, "-q", "1", "-m", "live"], check=True, timeout=DEADLINE)
    done = subprocess.run([*reader, "--retained-only"], capture_output=True, timeout=DEADLINE, check=True)
    assert done.stdout == b""
    done = subprocess.run([*reader, "--retained-only", "-C", "1"], capture_output=True, timeout=DEADLINE, check=True)
    assert done.stdout == b"kept\n"


@pytest.mark.parametrize("arguments", [
    ["pub", "-t", "", "-m", "x"], ["sub", "-t", ""], ["sub", "-t", "$share/a"], ["sub", "-t", "a", "--random-filter", "101"],
    ["pub", "-t", "a", "-m", "x", "-p", "0"]])
def test_where_martlet_is_stricter(broker, arguments):
    """The differences that docs/client.md lists."""
    tcp = broker.addresses["tcp"]
    done = subprocess.run(
        martlet(arguments[0], "-h", tcp.host, "-p", tcp.port, *arguments[1:]), stdin=subprocess.DEVNULL, capture_output=True,
        timeout=DEADLINE)
    assert done.returncode == 1 and done.stdout == b""
    assert done.stderr.startswith(b"Error: Invalid ") or b"--random-filter" in done.stderr


def test_nobody_reads_any_more(broker, name):
    tcp = broker.addresses["tcp"]
    subprocess.run(martlet("pub", "-h", tcp.host, "-p", tcp.port, "-t", name, "-r", "-m", "kept"), check=True, timeout=DEADLINE)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as output:
        done = subprocess.run(
            martlet("sub", "-h", tcp.host, "-p", tcp.port, "-t", name), stdin=subprocess.DEVNULL, stdout=output,
            stderr=subprocess.PIPE, timeout=DEADLINE)
    assert (done.returncode, done.stderr) == (0, b"")
