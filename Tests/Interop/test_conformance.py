"""martlet conformance and martlet doctor against real brokers."""
import json
import pathlib
import subprocess

import pytest

import broker as brokers

ROOT = pathlib.Path(__file__).parents[2]
RUNS = json.loads((ROOT / "docs/conformance-runs.json").read_text(encoding="utf-8"))
KNOWN = {row["id"] for row in json.loads((ROOT / "conformance.json").read_text(encoding="utf-8"))["statements"]}


@pytest.fixture(scope="module", params=["Martlet", "Mosquitto"])
def running(request):
    one = getattr(brokers, request.param)()
    yield one
    one.stop()


def martlet(running, command, *arguments, code=0):
    tcp = running.addresses["tcp"]
    done = subprocess.run(
        brokers.martlet(command, f"mqtt://{tcp.host}:{tcp.port}", *arguments), capture_output=True, timeout=120)
    assert done.returncode == code, done.stdout.decode() + done.stderr.decode()
    return done.stdout.decode()


def test_every_check_names_what_it_is_about():
    rows = subprocess.run(brokers.martlet("conformance", "--list"), capture_output=True, text=True, check=True).stdout
    assert len(rows.splitlines()) == len(RUNS["rows"]) >= 80
    for row in RUNS["rows"]:
        assert row["statements"]
        assert all(one in KNOWN or one.startswith("section ") for one in row["statements"]), row


def test_conformance(running):
    """As docs/conformance.md has it."""
    column = [name.split()[0].lower() for name in RUNS["brokers"]].index(running.name)
    expected = {(row["mqtt"], row["group"], row["name"]) for row in RUNS["rows"] if (row["verdicts"][column] or "").startswith("failed")}
    report = json.loads(martlet(running, "conformance", "--json", "--timeout", "20", code=1 if expected else 0))
    assert report["checks"] == len(RUNS["rows"])
    failed = {(row["mqtt"], row["group"], row["name"]): row.get("reason") for row in report["rows"] if row["verdict"] == "failed"}
    assert set(failed) == expected, failed


def test_conformance_of_some(running):
    text = martlet(running, "conformance", "--only", "MQTT-3.2.0-1")
    assert text.endswith("2 of 2 checks passed, 0 failed, 0 about what is not offered\n")


def test_doctor(running):
    findings = {row["subject"]: row for row in json.loads(martlet(running, "doctor", "--json"))["findings"]}
    assert findings["versions"]["text"] == "MQTT 5.0, 3.1.1, 3.1"
    for qos in range(3):
        found = findings[f"QoS {qos}"]
        # Mosquitto's acknowledgements wait for the next packet, unless it is told to use TCP_NODELAY.
        is_delayed = running.name.lower().startswith("mosquitto") and found["grade"] == "note" and "TCP_NODELAY" in str(found)
        assert found["grade"] == "good" or qos > 0 and is_delayed, found
    assert [findings[name]["grade"] for name in ("retaining", "sharing", "clock")] == ["good"] * 3
    assert findings["access"]["grade"] == "note" and "everything" in findings["access"]["text"]
    assert running.name in findings["status"]["text"]


def test_nobody_there():
    for command in "doctor", "conformance":
        done = subprocess.run(brokers.martlet(command, "mqtt://127.0.0.1:1"), capture_output=True, timeout=30)
        assert done.returncode == 69 and b"cannot be reached" in done.stderr
