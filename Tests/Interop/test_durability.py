"""kill -9, and start again: what was acknowledged is still there."""
import signal

import pytest

from broker import start


@pytest.fixture
def restarted(tmp_path):
    """Starts a broker on the same data every time; the one before is killed."""
    running = []

    def make():
        if running:
            assert running.pop().stop(signal.SIGKILL) == -signal.SIGKILL
        running.append(start(data=tmp_path))
        return running[0]

    yield make
    running[0].stop()


def kept(version):
    return {"version": version, "clean": False, **({"expiry": 300} if version == 5 else {})}


@pytest.mark.parametrize("qos", [1, 2])
@pytest.mark.parametrize("version", [4, 5])
def test_what_was_acknowledged_survives(client, restarted, name, version, qos):
    broker = restarted()
    reader = client(f"{name}r", to=broker, **kept(version))
    reader.subscribe(f"{name}/#", qos)
    reader.drop()
    writer = client(f"{name}w", to=broker, version=version)
    writer.publish(f"{name}/kept", "retained", 1, retain=True)
    for number in range(50):
        writer.publish(f"{name}/{number}", str(number), qos)

    broker = restarted()
    reader = client(f"{name}r", to=broker, **kept(version))
    assert reader.session_present
    assert reader.payloads(51) == ["retained"] + [str(number) for number in range(50)]
    other = client(f"{name}o", to=broker, version=version)
    other.subscribe(f"{name}/#", qos)
    message = other.message()
    assert (message.payload, message.retain) == (b"retained", True)
    other.publish(f"{name}/new", "subscriptions survive", qos)
    assert reader.payloads(1) == ["subscriptions survive"]


def test_exactly_once_over_a_crash(client, restarted, name):
    """Publisher and subscriber remember where they were; the broker does, too."""
    broker = restarted()
    reader = client(f"{name}r", to=broker, **kept(5))
    reader.subscribe(name, 2)
    writer = client(f"{name}w", to=broker, **kept(5))
    sent = [writer.send(name, str(number), 2) for number in range(300)]
    got = reader.payloads(20)

    broker = restarted()
    for one in (reader, writer):
        assert one.disconnected.wait(10)
        one.move(broker.addresses["tcp"])
    for mid in sent:
        writer.wait_for(mid, "PUBLISH")
    while len(got) < len(sent):
        got.append(reader.message().payload.decode())
    assert got == [str(number) for number in range(300)]
    assert reader.arrived() == []


def test_a_will_survives(client, restarted, name):
    broker = restarted()
    watcher = client(f"{name}v", to=broker, **kept(5))
    watcher.subscribe(name, 1)
    client(f"{name}d", to=broker, will=(name, "gone", 1, False), **kept(5))
    watcher.drop()
    broker = restarted()
    watcher = client(f"{name}v", to=broker, **kept(5))
    assert watcher.payloads(1) == ["gone"]


def test_durability_by_topic(client, tmp_path, name):
    """Messages on some topics end with the broker, by choice; sessions and the others do not."""
    flags = ["--topic-durability", f"{name}/memory/#=memory", "--topic-durability", f"{name}/+/#=written"]
    broker = start(flags=flags, data=tmp_path)
    reader = client(f"{name}r", to=broker, **kept(5))
    reader.subscribe(f"{name}/#", 2)
    reader.drop()
    writer = client(f"{name}w", to=broker, version=5)
    for qos in (1, 2):
        for kind in ("memory", "written", "synced"):
            writer.publish(f"{name}/{kind}/{qos}", f"{kind}{qos}", qos)
    assert broker.stop(signal.SIGKILL) == -signal.SIGKILL
    broker = start(flags=flags, data=tmp_path)
    try:
        reader = client(f"{name}r", to=broker, **kept(5))
        assert reader.session_present
        assert reader.payloads(4) == ["written1", "synced1", "written2", "synced2"]
        client(f"{name}x", to=broker, version=5).publish(f"{name}/memory/1", "again", 2)
        assert reader.payloads(1) == ["again"]
    finally:
        broker.stop()
