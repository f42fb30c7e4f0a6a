"""Debian's mosquitto-clients, each test once for every version of the protocol."""
import hashlib
import os
import signal
import subprocess
import threading

import pytest

from broker import DEADLINE
from tools import command, publish, run

ALL = ["mqttv31", "mqttv311", "mqttv5"]
NEWER = ["mqttv311", "mqttv5"]


@pytest.mark.parametrize("sending", ALL)
@pytest.mark.parametrize("receiving", ALL)
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_publish_and_subscribe(broker, subscriber, name, sending, receiving, qos):
    reader = subscriber("-V", receiving, "-t", f"{name}/+", "-q", qos)
    publish(broker, "-V", sending, "-t", f"{name}/a", "-q", qos, "-m", "hello")
    message = reader.message()
    assert (message["topic"], message["payload"], message["qos"], message["retain"]) == (f"{name}/a", "hello", qos, 0)


@pytest.mark.parametrize("version", ALL)
def test_delivery_happens_at_the_lower_of_both_qualities(broker, subscriber, name, version):
    reader = subscriber("-V", version, "-t", name, "-q", 1)
    for qos in (0, 1, 2):
        publish(broker, "-V", version, "-t", name, "-q", qos, "-m", f"at {qos}")
    assert [(m["payload"], m["qos"]) for m in (reader.message() for _ in range(3))] == [
        ("at 0", 0), ("at 1", 1), ("at 2", 1)]


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("version", ALL)
def test_many_messages_keep_their_order(broker, subscriber, name, version, qos):
    lines = [f"line {number}" for number in range(500)]
    reader = subscriber("-V", version, "-t", name, "-q", qos)
    publish(broker, "-V", version, "-t", name, "-q", qos, "-l", stdin="\n".join(lines).encode())
    assert reader.payloads(len(lines)) == lines


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("wildcard, matching", [("#", True), ("+/b", True), ("a/+", True), ("a/b/#", True),
                                                ("+", False), ("A/b", False), ("a/b/+", False)])
def test_wildcards(broker, subscriber, name, version, wildcard, matching):
    reader = subscriber("-V", version, "-t", f"{name}/{wildcard}", "-t", f"{name}-end")
    publish(broker, "-V", version, "-t", f"{name}/a/b", "-m", "it")
    publish(broker, "-V", version, "-t", f"{name}-end", "-m", "end")
    assert reader.payloads(2 if matching else 1) == (["it", "end"] if matching else ["end"])


@pytest.mark.parametrize("version", ALL)
def test_retained_messages(broker, subscriber, name, version):
    publish(broker, "-V", version, "-t", f"{name}/a", "-q", 1, "-r", "-m", "first")
    publish(broker, "-V", version, "-t", f"{name}/a", "-q", 1, "-r", "-m", "second")
    publish(broker, "-V", version, "-t", f"{name}/b", "-q", 1, "-r", "-m", "gone")
    publish(broker, "-V", version, "-t", f"{name}/b", "-q", 1, "-r", "-n")
    reader = subscriber("-V", version, "-t", f"{name}/#", "-q", 1)
    message = reader.message()
    assert (message["payload"], message["retain"]) == ("second", 1)
    publish(broker, "-V", version, "-t", f"{name}/b", "-q", 1, "-r", "-m", "live")
    message = reader.message()
    assert (message["payload"], message["retain"]) == ("live", 0)


@pytest.mark.parametrize("version", ALL)
def test_will_of_a_killed_client(broker, subscriber, name, version):
    watcher = subscriber("-V", version, "-t", f"{name}/will", "-q", 1)
    doomed = subscriber("-V", version, "-t", f"{name}/other", "-i", f"{name}x", "--will-topic", f"{name}/will",
                        "--will-payload", "farewell", "--will-qos", 1, "--will-retain")
    doomed.kill()
    message = watcher.message()
    assert (message["payload"], message["qos"]) == ("farewell", 1)
    late = subscriber("-V", version, "-t", f"{name}/will")
    assert (late.message()["retain"], message["retain"]) == (1, 0)


@pytest.mark.parametrize("version", NEWER)
def test_shared_subscription_takes_turns(broker, subscriber, name, version):
    members = [subscriber("-V", version, "-t", f"$share/group/{name}", "-q", 1) for _ in range(3)]
    everything = subscriber("-V", version, "-t", name, "-q", 1)
    for number in range(30):
        publish(broker, "-V", version, "-t", name, "-q", 1, "-m", number)
    everything.payloads(30)
    got = [member.payloads(10) for member in members]
    assert sorted(int(payload) for payloads in got for payload in payloads) == list(range(30))


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("qos", [1, 2])
def test_session_resumes_with_its_queue(broker, subscriber, name, version, qos):
    expiry = ["-x", 300] if version == "mqttv5" else []
    me = ["-V", version, "-c", "-i", f"{name}s", "-t", name, "-q", qos, *expiry]
    run(broker, "mosquitto_sub", *me, "-E")
    lines = [f"line {number}" for number in range(50)]
    publish(broker, "-V", version, "-t", name, "-q", qos, "-l", stdin="\n".join(lines).encode())
    output = run(broker, "mosquitto_sub", *me, "-C", len(lines))
    assert output.decode().splitlines() == lines


@pytest.mark.parametrize("version", ALL)
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_megabyte(broker, name, version, qos, tmp_path):
    payload = os.urandom(1 << 20)
    file = tmp_path / "payload"
    file.write_bytes(payload)
    publish(broker, "-V", version, "-t", name, "-q", qos, "-r", "-f", file)
    output = run(broker, "mosquitto_sub", "-V", version, "-t", name, "-q", qos, "-C", 1, "-N")
    assert hashlib.sha256(output).digest() == hashlib.sha256(payload).digest()


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_megabyte_to_a_live_subscriber(broker, subscriber, name, qos):
    reader = subscriber("-V", "mqttv5", "-t", name, "-q", qos)
    publish(broker, "-V", "mqttv311", "-t", name, "-q", qos, "-s", stdin=b"x" * (1 << 20))
    assert reader.message()["payload"] == "x" * (1 << 20)


def test_properties_travel(broker, subscriber, name):
    reader = subscriber("-V", "mqttv5", "-t", name, "-q", 1)
    publish(broker, "-V", "mqttv5", "-t", name, "-q", 1, "-m", "{}",
            "-D", "publish", "user-property", "colour", "red", "-D", "publish", "user-property", "art", "oil",
            "-D", "publish", "content-type", "application/json", "-D", "publish", "payload-format-indicator", 1,
            "-D", "publish", "response-topic", "back", "-D", "publish", "correlation-data", "7",
            "-D", "publish", "message-expiry-interval", 100)
    found = reader.message()["properties"]
    assert found["content-type"] == "application/json"
    assert found["payload-format-indicator"] == 1
    assert found["response-topic"] == "back"
    assert 90 <= found["message-expiry-interval"] <= 100
    assert list(found["user-properties"].items()) == [("colour", "red"), ("art", "oil")]


def test_subscription_identifier_comes_back(broker, subscriber, name):
    reader = subscriber("-V", "mqttv5", "-t", name, "-D", "subscribe", "subscription-identifier", 300)
    publish(broker, "-V", "mqttv5", "-t", name, "-m", "x")
    assert reader.message()["properties"]["subscription-identifier"] == 300


def test_request_and_response(broker, subscriber, name):
    service = subscriber("-V", "mqttv5", "-t", f"{name}/ask", "-q", 1)
    asking = subprocess.Popen(
        command(broker, "mosquitto_rr", "-V", "mqttv5", "-t", f"{name}/ask", "-q", 1, "-e", f"{name}/answer",
                "-m", "question"), stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        request = service.message()
        assert request["properties"]["response-topic"] == f"{name}/answer"
        publish(broker, "-V", "mqttv5", "-t", f"{name}/answer", "-q", 1, "-m", "answer to " + request["payload"])
        assert asking.communicate(timeout=DEADLINE)[0].decode().strip() == "answer to question"
    finally:
        asking.kill()
        asking.wait()


@pytest.mark.parametrize("version", ALL)
def test_unix_socket(broker, subscriber, name, version):
    reader = subscriber("--unix", broker.addresses["unix"].host, "-V", version, "-t", name, "-q", 2)
    subprocess.run(["mosquitto_pub", "--unix", broker.addresses["unix"].host, "-V", version, "-t", name, "-q", "2",
                    "-m", "hello"], check=True, timeout=DEADLINE)
    assert reader.payloads(1) == ["hello"]


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_reader_that_stops_for_a_while_loses_nothing(broker, subscriber, name, qos):
    lines = [f"{number} " + "x" * 1000 for number in range(20_000)]
    reader = subscriber("-V", "mqttv311", "-t", name, "-q", qos)
    seen = len(broker.log)
    reader.process.send_signal(signal.SIGSTOP)
    try:
        with subprocess.Popen(
                command(broker, "mosquitto_pub", "-V", "mqttv5", "-t", name, "-q", qos, "-l"),
                stdin=subprocess.PIPE) as writer:
            feeder = threading.Thread(target=writer.communicate, args=("\n".join(lines).encode(),))
            feeder.start()
            if qos == 0:  # What is acknowledged waits in the queue; at QoS 0 the publisher has to.
                broker.wait_for_log("publishers are held back", seen)
            else:
                feeder.join(DEADLINE)
                assert writer.returncode == 0
            publish(broker, "-t", f"{name}/other", "-q", 1, "-m", "others are not held")
            reader.process.send_signal(signal.SIGCONT)
            assert reader.payloads(len(lines)) == lines
            feeder.join(DEADLINE)
    finally:
        reader.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("topic", [
    "version", "uptime", "clients/total", "clients/connected", "clients/disconnected", "clients/maximum",
    "messages/received", "messages/sent", "messages/stored", "publish/messages/received", "publish/messages/sent",
    "publish/messages/dropped", "publish/bytes/received", "publish/bytes/sent", "bytes/received", "bytes/sent",
    "store/messages/count", "store/messages/bytes", "subscriptions/count", "shared_subscriptions/count",
    "retained messages/count", "load/messages/received/1min", "load/bytes/sent/5min", "load/connections/15min"])
def test_system_topics(broker, topic):
    value = run(broker, "mosquitto_sub", "-V", "mqttv311", "-t", f"$SYS/broker/{topic}", "-C", 1).decode().strip()
    if topic == "version":
        assert broker.name in value
    elif topic == "uptime":
        assert value.endswith("seconds")
    else:
        assert float(value) >= 0
