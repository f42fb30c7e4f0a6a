"""martlet store: on a broker that runs, and taking over what Debian's Mosquitto has stored."""
import json
import os
import signal
import struct
import subprocess
import time

import pytest

from broker import DEADLINE, Martlet, Mosquitto, martlet
from raw import RawClient, text


def store(*arguments, status=0):
    done = subprocess.run(martlet("store", *arguments), capture_output=True, text=True, timeout=DEADLINE * 3)
    assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
    return done.stdout if status == 0 else done.stderr


def exported(data):
    lines = [json.loads(line) for line in store("export", "--data", data).splitlines()]
    assert lines[0] == {"martlet_export": {"version": 1}}
    assert lines[-1] == {"end": {"lines": len(lines) - 2}}
    return lines[1:-1]


def rows(lines, kind):
    return [line[kind] for line in lines if kind in line]


@pytest.fixture
def brokers(tmp_path):
    """Starts brokers, each on the folder that it is given, and stops what is left of them."""
    running = []

    def start(kind, folder):
        (tmp_path / folder).mkdir(exist_ok=True)
        running.append(kind(data=tmp_path / folder))
        return running[-1]

    yield start
    for one in running:
        one.stop(signal.SIGKILL) if one.process.poll() is None else one.process.stderr.close()


def fill(broker, name):
    """Leaves every kind of thing that a broker has to store, most of them half done."""
    away = RawClient(broker, f"{name}away", user="anna")
    away.subscribe(f"{name}/q/#", 2 | 4 | 8, identifier=7)
    away.subscribe(f"{name}/q/1", 1)
    away.drop()
    out = RawClient(broker, f"{name}out")
    out.subscribe(f"{name}/o/+", 2)
    member = RawClient(broker, f"{name}member")
    member.subscribe(f"$share/{name}/{name}/s", 1)
    member.drop()
    writer = RawClient(broker, f"{name}writer")
    for number in range(3):
        writer.publish(f"{name}/o/{number}", f"out {number}", 2, packet=number + 1)
        writer.acknowledge(0x62, number + 1)
        writer.expect(0x70, number + 1)
        got = out.message()
        assert got[:3] == (f"{name}/o/{number}", f"out {number}", 2)
        if number == 0:
            # PUBREC, and no PUBCOMP; the second is not answered at all; the third at QoS 1 follows.
            out.acknowledge(0x50, got[3])
            out.expect(0x62, got[3])
    writer.publish(f"{name}/o/3", "out 3", 1)
    assert out.message()[:3] == (f"{name}/o/3", "out 3", 1)
    for number in range(3):
        correlation = b"\x09" + text(b"\x00\xff") + b"\x26" + text("floor") + text("1")
        writer.publish(f"{name}/q/{number}", f"queued {number}", 1, packet=9, more=correlation)
    writer.publish(f"{name}/kept", "retained", 1, retain=True)
    writer.publish(f"{name}/late", "expires", 1, retain=True, more=b"\x02" + struct.pack(">I", 86400))
    writer.publish(f"{name}/s", "shared", 1)
    incoming = RawClient(broker, f"{name}in")
    # PUBREC was said, PUBREL was not.
    incoming.publish(f"{name}/o/in", "half way", 2, packet=5)
    return out, incoming, writer


def go_on(broker, name):
    """What the clients of `fill` find when they come back."""
    out = RawClient(broker, f"{name}out")
    assert out.present
    got = []
    while len(got) < 5:
        first, body = out.receive()
        if first >> 4 == 6:
            got.append(("PUBREL", struct.unpack(">H", body[:2])[0]))
            continue
        assert first >> 4 == 3
        size = struct.unpack(">H", body[:2])[0]
        packet, rest = struct.unpack(">H", body[2 + size : 4 + size])[0], body[4 + size :]
        got.append((rest[1 + rest[0] :].decode(), first >> 1 & 3, packet, bool(first & 8)))
    assert got[0] == ("PUBREL", 1)
    assert got[1:4] == [("out 1", 2, 2, True), ("out 2", 2, 3, True), ("out 3", 1, 4, True)]
    assert got[4][:2] == ("half way", 2)
    incoming = RawClient(broker, f"{name}in")
    assert incoming.present
    incoming.acknowledge(0x62, 5)
    incoming.expect(0x70, 5)
    away = RawClient(broker, f"{name}away", user="anna")
    assert away.present
    found = []
    while len(set(found)) < 3:
        found.append(away.message()[1])
    # Mosquitto sends a message that two subscriptions match twice.
    assert list(dict.fromkeys(found)) == ["queued 0", "queued 1", "queued 2"]
    reader = RawClient(broker, f"{name}reader")
    reader.subscribe(f"{name}/kept", 1)
    assert reader.message()[:3] == (f"{name}/kept", "retained", 1)
    for one in (out, incoming, away, reader):
        one.drop()


def test_mosquittos_file_is_taken_over(brokers, tmp_path, name):
    """Everything that Debian's Mosquitto stores: sessions, options, queues, exchanges half way, retained."""
    mosquitto = brokers(Mosquitto, "mosquitto")
    clients = fill(mosquitto, name)
    mosquitto.stop()
    for one in clients:
        one.drop()
    if kept := os.environ.get("MOSQUITTO_SAMPLE"):
        with open(kept, "wb") as file, open(tmp_path / "mosquitto/mosquitto.db", "rb") as written:
            file.write(written.read())
    data = tmp_path / "data"
    said = store("import", "--data", data, tmp_path / "mosquitto/mosquitto.db")
    # It does not write shared subscriptions, only their members' messages.
    assert "imported (mosquitto): 5 sessions with 3 subscriptions" in said
    assert store("check", "--data", data) == "the store is sound\n"
    lines = exported(data)
    users = {one["client"].removeprefix(name): one.get("user") for one in rows(lines, "session")}
    # Of two clients without a user name that follow one that has, Mosquitto 2.0.11 gives its name to the second.
    assert users["away"] == "anna" and None in (users["out"], users["member"])
    assert users.keys() == {"away", "out", "member", "writer", "in"}
    options = [
        (one["filter"], one["qos"], one["no_local"], one["retain_as_published"], one["identifier"])
        for one in rows(lines, "subscription")]
    assert sorted(options) == sorted([
        (f"{name}/q/#", 2, True, True, 7), (f"{name}/q/1", 1, False, False, 0), (f"{name}/o/+", 2, False, False, 0)])
    states = sorted((one["state"], one["qos"]) for one in rows(lines, "delivery"))
    assert states.count(("released", 2)) == 1
    assert states.count(("published", 2)) == 2 and states.count(("published", 1)) == 1
    assert len(rows(lines, "received")) == 1 and rows(lines, "received")[0]["packet"] == 5
    assert [one["topic"] for one in rows(lines, "retained")] == [f"{name}/kept", f"{name}/late"]
    late = next(one for one in rows(lines, "message") if one["topic"] == f"{name}/late")
    assert abs(late["expires_at"] / 1000 - time.time() - 86400) < 600
    queued = next(one for one in rows(lines, "message") if one["topic"] == f"{name}/q/0")
    assert queued["properties"] == [
        {"identifier": "correlation-data", "value": "AP8="},
        {"identifier": "user-property", "name": "floor", "value": "1"}]
    broker = brokers(Martlet, "data")
    go_on(broker, name)


def test_a_running_broker_is_copied(brokers, tmp_path, name):
    """Statistics, check, export, backup and compacting while clients go on; the copies hold everything."""
    broker = brokers(Martlet, "data")
    data = tmp_path / "data"
    clients = fill(broker, name)
    before = json.loads(store("stats", "--json", "--data", data))
    assert before["sessions"] == 5 and before["subscriptions"] == 4 and before["retained_messages"] == 2
    assert before["in_flight"] == 5 and before["received"] == 1
    assert store("check", "--data", data) == "the store is sound\n"
    store("backup", "--data", data, tmp_path / "copy")
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o600
    with open(tmp_path / "export", "w", encoding="utf-8") as file:
        file.write(store("export", "--data", data))
    store("compact", "--data", data)
    assert (data / "martlet.sock").stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(data)) == sorted(
        ["martlet.lock", "martlet.sock"] + [f"martlet.sqlite3{end}" for end in ("", "-shm", "-wal")])
    # The broker has not noticed: exchanges go on.
    clients[1].acknowledge(0x62, 5)
    clients[1].expect(0x70, 5)
    assert "a broker uses" in store("import", "--data", data, tmp_path / "copy", status=69)
    assert f"{tmp_path / 'copy'}: File exists" in store("backup", "--data", data, tmp_path / "copy", status=73)
    broker.stop(signal.SIGKILL)
    for one in clients:
        one.drop()
    for source in ("copy", "export"):
        store("import", "--data", tmp_path / f"from-{source}", tmp_path / source)
        go_on(brokers(Martlet, f"from-{source}"), name)


def test_a_damaged_store_is_set_aside(brokers, tmp_path, name):
    broker = brokers(Martlet, "data")
    data = tmp_path / "data"
    for one in fill(broker, name):
        one.drop()
    broker.stop()
    content = bytearray((data / "martlet.sqlite3").read_bytes())
    for page in range(1, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = b"\xee" * 64
    (data / "martlet.sqlite3").write_bytes(content)
    assert store("check", "--data", data, status=65) is not None
    refusing = subprocess.run(
        martlet("serve", "--data", data, "--listen", "mqtt://127.0.0.1:0"), capture_output=True, text=True,
        timeout=DEADLINE, env={**os.environ, "MARTLET_DAMAGED_STORE": "refuse"})
    assert refusing.returncode == 65 and "the file is damaged" in refusing.stderr
    assert (data / "martlet.sqlite3").read_bytes() == content
    broker = brokers(Martlet, "data")
    broker.wait_for_log("it was set aside as", 0)
    assert (data / "martlet.sqlite3.damaged").read_bytes() == content
    one = RawClient(broker, f"{name}out")
    assert not one.present
    one.drop()


def test_one_broker_at_a_time(brokers, tmp_path):
    brokers(Martlet, "data")
    other = subprocess.run(
        martlet("serve", "--data", tmp_path / "data", "--listen", "mqtt://127.0.0.1:0"), capture_output=True,
        text=True, timeout=DEADLINE)
    assert other.returncode == 73 and "in use by another broker" in other.stderr
