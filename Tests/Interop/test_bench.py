"""martlet bench measures, and notices what goes wrong."""
import json
import os
import shlex
import subprocess

import pytest

from broker import DEADLINE

MARTLET = shlex.split(os.environ.get("MARTLET", ".build/debug/martlet"))


def bench(broker, *arguments):
    tcp = broker.addresses["tcp"]
    done = subprocess.run(
        [*MARTLET, "bench", *arguments, "--url", f"mqtt://{tcp.host}:{tcp.port}", "--json", "--quiet"],
        capture_output=True, timeout=DEADLINE)
    return done.returncode, json.loads(done.stdout), done.stderr.decode()


@pytest.mark.parametrize("shape, publishers, subscribers, copies", [
    ("p2p", 3, 3, 1), ("fan-in", 4, 1, 1), ("fan-out", 1, 4, 4), ("shared", 3, 2, 1)])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_all_arrives_once(broker, shape, publishers, subscribers, copies, qos):
    code, report, error = bench(broker, shape, "-p", str(publishers), "-s", str(subscribers), "-r", "100", "-d", "1",
                                "-q", str(qos))
    assert code == 0, error
    assert report["published"] == pytest.approx(publishers * 100, rel=0.3)
    assert report["received"] == report["expected"] == report["published"] * copies
    assert (report["lost"], report["duplicates"], report["failed"]) == (0, 0, 0)
    times = report["latencyMicroseconds"]
    assert 0 < times["p50"] <= times["p99"] <= times["maximum"]


def test_full_speed(broker):
    code, report, error = bench(broker, "p2p", "-p", "2", "-r", "0", "-d", "1")
    assert code == 0, error
    assert report["received"] == report["published"] > 100


def test_connections(broker):
    code, report, error = bench(broker, "connections", "-s", "100", "-d", "0.1")
    assert code == 0, error
    assert report["connected"] == 100


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publishers_alone(broker, qos):
    code, report, error = bench(broker, "publish", "-p", "3", "-r", "100", "-d", "1", "-q", str(qos))
    assert code == 0, error
    assert report["fulfilled"] == report["published"] == pytest.approx(300, rel=0.3)
    assert (report["received"], report["lost"]) == (0, 0)
    assert 0 < report["latencyMicroseconds"]["p50"] <= report["latencyMicroseconds"]["maximum"]


def test_subscribers_alone(broker, name):
    """Two programs: what one publishes, the other counts."""
    tcp = broker.addresses["tcp"]
    command = [*MARTLET, "bench", "subscribe", "-s", "4", "-d", "5", "--topic", name, "--json", "--quiet",
               "--url", f"mqtt://{tcp.host}:{tcp.port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as subscribers:
        while subscribers.poll() is None:
            code, _, error = bench(broker, "publish", "-p", "2", "-r", "50", "-d", "1", "--topic", name)
            assert code == 0, error
        output, _ = subscribers.communicate(timeout=DEADLINE)
    assert subscribers.returncode == 0
    report = json.loads(output)
    assert report["received"] > 0 and report["connected"] == 4
    assert report["latencyMicroseconds"]["p50"] > 0


def test_text_and_progress(broker):
    tcp = broker.addresses["tcp"]
    url = ["--url", f"mqtt://{tcp.host}:{tcp.port}"]
    for shape in ("p2p", "publish", "subscribe", "connections"):
        done = subprocess.run([*MARTLET, "bench", shape, "-r", "10", "-d", "1.5", *url], capture_output=True, timeout=DEADLINE)
        assert done.returncode == 0, done.stderr
        assert b"p99" in done.stdout and done.stdout.startswith(shape.encode())
        assert b"connected" in done.stderr


def test_no_broker():
    done = subprocess.run([*MARTLET, "bench", "p2p", "--url", "mqtt://127.0.0.1:1", "--quiet"], capture_output=True,
                          timeout=DEADLINE)
    assert done.returncode == 69
