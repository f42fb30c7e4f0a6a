"""Everything is read again, again and again, while messages flow: nothing is lost, doubled or reordered."""
import signal
import subprocess
import threading

import paho.mqtt.client as paho
import pytest

from conftest import DEADLINE, MARTLET

PUBLISHERS, EACH = 3, 1500


@pytest.mark.parametrize("durability, shards", [("synced", 1), ("memory", 2)])
def test_a_reload_under_load_loses_nothing(start, tmp_path, durability, shards):
    users, file = tmp_path / "users", tmp_path / "martlet.yaml"
    for user in ("load", "other"):
        subprocess.run([MARTLET, "passwd", "--machine", "-b", str(users), user, "secret"], check=True, timeout=DEADLINE)

    def write(number):
        file.write_text(f"""
listeners: ["mqtt://127.0.0.1:0"]
durability: {durability}
shards: {shards}
limits: {{ queue_messages: {5000 + number} }}
log: {{ level: {"debug" if number % 2 else "info"} }}
authentication: {{ password_file: {users} }}
authorization: {{ rules: [ {{ allow: all, topics: ["load/#", "more/{number}"] }} ] }}
""")

    write(0)
    martlet = start("--config", str(file))
    port, received, done = martlet.port, [], threading.Event()

    def message(_client, _data, message):
        received.append((message.topic, int(message.payload)))
        if len(received) == PUBLISHERS * EACH:
            done.set()

    def client(name):
        one = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv5)
        one.username_pw_set("load", "secret")
        one.max_inflight_messages_set(20)
        one.lost = []
        one.on_disconnect = lambda _client, _data, _flags, code, _properties: one.lost.append(code)
        return one

    subscribed = threading.Event()
    subscriber = client("subscriber")
    subscriber.on_message = message
    subscriber.on_subscribe = lambda *_: subscribed.set()
    subscriber.on_connect = lambda one, *_: one.subscribe("load/#", qos=1)
    subscriber.connect("127.0.0.1", port)
    subscriber.loop_start()
    assert subscribed.wait(DEADLINE)
    publishers = [client(f"publisher-{number}") for number in range(PUBLISHERS)]
    for one in publishers:
        one.connect("127.0.0.1", port)
        one.loop_start()
    sent = [[one.publish(f"load/{index}", str(number), qos=1) for number in range(EACH)]
            for index, one in enumerate(publishers)]
    reloads = 0
    while not done.is_set() and reloads < 200:
        reloads += 1
        write(reloads)
        since = len(martlet.lines)
        martlet.process.send_signal(signal.SIGHUP)
        martlet.find("configuration reloaded", since)
    assert done.wait(DEADLINE), f"{len(received)} came"
    assert reloads > 2
    for infos in sent:
        for info in infos:
            info.wait_for_publish(DEADLINE)
            assert info.rc == 0
    for index in range(PUBLISHERS):
        assert [number for topic, number in received if topic == f"load/{index}"] == list(range(EACH))
    for one in [subscriber, *publishers]:
        assert one.lost == [], "nobody is disconnected by a reload"
        one.disconnect()
        one.loop_stop()
