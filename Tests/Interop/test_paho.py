"""paho-mqtt: what all versions have in common, over every transport."""
import os

import pytest

VERSIONS = [4, 5]
TRANSPORTS = ["tcp", "websockets", "unix"]
pytestmark = [pytest.mark.parametrize("version", VERSIONS), pytest.mark.parametrize("transport", TRANSPORTS)]


def kept(version):
    """How a client of that version asks for a session that outlives the connection."""
    return {"clean": False, "expiry": 300} if version == 5 else {"clean": False}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publish_and_subscribe(client, name, version, transport, qos):
    reader = client(f"{name}r", version=version, transport=transport)
    writer = client(f"{name}w", version=version, transport=transport)
    assert reader.subscribe(f"{name}/#", qos) == [qos]
    for number in range(200):
        writer.send(f"{name}/{number}", str(number), qos)
    messages = [reader.message() for _ in range(200)]
    assert [m.payload.decode() for m in messages] == [str(number) for number in range(200)]
    assert [m.topic for m in messages] == [f"{name}/{number}" for number in range(200)]
    assert {(m.qos, m.retain, m.dup) for m in messages} == {(qos, False, False)}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_megabyte(client, name, version, transport, qos):
    payload = os.urandom(1 << 20)
    both = client(f"{name}b", version=version, transport=transport)
    both.subscribe(name, qos)
    both.publish(name, payload, qos)
    assert bytes(both.message().payload) == payload


def test_unsubscribe(client, name, version, transport):
    both = client(f"{name}b", version=version, transport=transport)
    both.subscribe(f"{name}/a")
    both.subscribe(f"{name}/b")
    both.unsubscribe(f"{name}/a")
    both.publish(f"{name}/a", "not this", 1)
    both.publish(f"{name}/b", "this", 1)
    assert both.payloads(1) == ["this"]


def test_retained(client, name, version, transport):
    both = client(f"{name}b", version=version, transport=transport)
    for topic, payload in [("a", "old"), ("a", "new"), ("b", "removed"), ("b", "")]:
        both.publish(f"{name}/{topic}", payload, 1, retain=True)
    both.subscribe(f"{name}/+", 1)
    both.publish(f"{name}/end", "end", 1)
    first, last = both.message(), both.message()
    assert (first.payload, first.retain, last.payload, last.retain) == (b"new", True, b"end", False)


def test_many_retained(client, name, version, transport):
    both = client(f"{name}b", version=version, transport=transport)
    topics = [f"{name}/{number}" for number in range(3000)]
    for topic in topics[:-1]:
        both.send(topic, topic, 0, retain=True)
    both.publish(topics[-1], topics[-1], 1, retain=True)
    both.subscribe(f"{name}/#", 1)
    assert sorted(both.payloads(len(topics))) == sorted(topics)
    assert both.arrived() == []


def test_will(client, name, version, transport):
    watcher = client(f"{name}v", version=version, transport=transport)
    watcher.subscribe(f"{name}/#", 2)
    polite = client(f"{name}p", version=version, transport=transport, will=(f"{name}/polite", "no", 1, False))
    doomed = client(f"{name}d", version=version, transport=transport, will=(f"{name}/doomed", "gone", 2, False))
    polite.disconnect()
    doomed.drop()
    message = watcher.message()
    assert (message.topic, message.payload, message.qos) == (f"{name}/doomed", b"gone", 2)


@pytest.mark.parametrize("qos", [1, 2])
def test_session_resumes_with_its_queue(client, name, version, transport, qos):
    reader = client(f"{name}r", version=version, transport=transport, **kept(version))
    assert not reader.session_present
    reader.subscribe(name, qos)
    reader.drop()
    writer = client(f"{name}w", version=version)
    for number in range(100):
        writer.publish(name, str(number), qos)
    reader = client(f"{name}r", version=version, transport=transport, **kept(version))
    assert reader.session_present
    assert reader.payloads(100) == [str(number) for number in range(100)]
    reader.disconnect()
    assert not client(f"{name}r", version=version, transport=transport).session_present


def test_unacknowledged_messages_come_again(client, name, version, transport):
    options = dict(version=version, transport=transport, manual_ack=True, **kept(version))
    reader = client(f"{name}r", **options)
    reader.subscribe(name, 1)
    writer = client(f"{name}w", version=version)
    for number in range(5):
        writer.publish(name, str(number), 1)
    first = [reader.message() for _ in range(5)]
    for message in first[:2]:
        reader.acknowledge(message)
    assert reader.arrived() == []
    reader.drop()
    reader = client(f"{name}r", **options)
    again = [reader.message() for _ in range(3)]
    assert [(m.payload, m.mid, m.dup) for m in again] == [(m.payload, m.mid, True) for m in first[2:]]
    for message in again:
        reader.acknowledge(message)
    reader.publish(name, "last", 1)
    last = reader.message()
    assert (last.payload, last.dup) == (b"last", False)


def test_exactly_once_over_a_broken_connection(client, name, version, transport):
    """The receiver has answered PUBREC to all, PUBCOMP to some: nothing may come twice."""
    reader = client(f"{name}r", version=version, transport=transport, **kept(version))
    reader.subscribe(name, 2)
    writer = client(f"{name}w", version=version)
    for number in range(50):
        writer.send(name, str(number), 2)
    got = reader.payloads(10)
    reader.drop()
    # A message that paho was given before the end counts as received.
    while not reader.inbox.empty():
        got.append(reader.message().payload.decode())
    missing = 50 - len(got)
    reader.resume()
    got += reader.payloads(missing)
    assert got == [str(number) for number in range(50)] and reader.arrived() == []


def test_wills_and_sessions_of_a_client_that_is_taken_over(client, name, version, transport):
    watcher = client(f"{name}v", version=version)
    watcher.subscribe(f"{name}/will", 1)
    first = client(f"{name}c", version=version, transport=transport, will=(f"{name}/will", "taken", 1, False),
                   **kept(version))
    first.subscribe(f"{name}/data", 1)
    second = client(f"{name}c", version=version, transport=transport, **kept(version))
    assert first.disconnected.wait(10)
    assert first.disconnect_reason == (0x8E if version == 5 else None)
    assert second.session_present
    assert watcher.payloads(1) == ["taken"]
    watcher.publish(f"{name}/data", "to the second", 1)
    assert second.payloads(1) == ["to the second"]


def test_shared_subscription(client, name, version, transport):
    members = [client(f"{name}{number}", version=version, transport=transport) for number in range(3)]
    for member in members:
        member.subscribe(f"$share/g/{name}", 1)
    writer = client(f"{name}w", version=version)
    for number in range(60):
        writer.publish(name, str(number), 1)
    got = [member.arrived() for member in members]
    assert sorted(int(message.payload) for messages in got for message in messages) == list(range(60))
    assert all(got), f"a member went without: {[len(messages) for messages in got]}"
