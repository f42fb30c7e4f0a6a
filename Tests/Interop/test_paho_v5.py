"""paho-mqtt: what only MQTT 5.0 has."""
import time

import pytest
from paho.mqtt.subscribeoptions import SubscribeOptions

from broker import DEADLINE, start


def test_properties_travel_in_order(client, name):
    both = client(f"{name}b")
    both.subscribe(name, 1)
    both.publish(name, b"\xff", 1, UserProperty=[("a", "1"), ("b", "2"), ("a", "3")], ContentType="type",
                 ResponseTopic="back/to/me", CorrelationData=b"\x00\x01", PayloadFormatIndicator=0)
    found = both.message().properties
    assert found.UserProperty == [("a", "1"), ("b", "2"), ("a", "3")]
    assert (found.ContentType, found.ResponseTopic, found.CorrelationData) == ("type", "back/to/me", b"\x00\x01")


def test_retained_properties_are_kept(client, name):
    both = client(f"{name}b")
    both.publish(name, "x", 1, retain=True, UserProperty=[("k", "v")], ContentType="type")
    both.subscribe(name)
    found = both.message().properties
    assert (found.UserProperty, found.ContentType) == ([("k", "v")], "type")


def test_expiry_counts_down_and_ends(client, name):
    away = client(f"{name}a", clean=False, expiry=300)
    away.subscribe(f"{name}/#", 1)
    away.disconnect()
    writer = client(f"{name}w")
    writer.publish(f"{name}/short", "short", 1, retain=True, MessageExpiryInterval=1)
    writer.publish(f"{name}/long", "long", 1, retain=True, MessageExpiryInterval=1000)
    end = time.monotonic() + DEADLINE
    got = []
    while len(got) != 1:  # Ask for the retained messages until one has expired: then it has in the queue, too.
        assert time.monotonic() < end, "the message did not expire"
        writer.subscribe(f"{name}/#", 1)
        got = writer.arrived()
    assert got[0].payload == b"long" and 900 < got[0].properties.MessageExpiryInterval < 1000
    away = client(f"{name}a", clean=False, expiry=300)
    messages = away.arrived()
    assert [m.payload for m in messages] == [b"long"]
    assert 900 < messages[0].properties.MessageExpiryInterval < 1000


def test_will_delay(client, name):
    watcher = client(f"{name}v")
    watcher.subscribe(f"{name}/#", 1)
    options = dict(clean=False, expiry=300)
    patient = client(f"{name}p", will=(f"{name}/patient", "no", 1, False), will_properties={"WillDelayInterval": 1},
                     **options)
    patient.drop()
    client(f"{name}p", **options)  # Back in time: no will.
    doomed = client(f"{name}d", will=(f"{name}/doomed", "gone", 1, False),
                    will_properties={"WillDelayInterval": 2, "UserProperty": [("why", "test")]}, **options)
    dropped = time.monotonic()
    doomed.drop()
    message = watcher.message()
    assert (message.topic, message.properties.UserProperty) == (f"{name}/doomed", [("why", "test")])
    assert time.monotonic() - dropped >= 1.9


def test_will_comes_with_the_end_of_the_session_at_the_latest(client, name):
    watcher = client(f"{name}v")
    watcher.subscribe(name, 1)
    client(f"{name}d", will=(name, "gone", 1, False), will_properties={"WillDelayInterval": 1000}, expiry=0).drop()
    assert watcher.payloads(1) == ["gone"]


def test_will_properties(client, name):
    watcher = client(f"{name}v")
    watcher.subscribe(name, 1)
    given = {"ContentType": "type", "MessageExpiryInterval": 500, "ResponseTopic": "back", "CorrelationData": b"7",
             "PayloadFormatIndicator": 1, "UserProperty": [("b", "2"), ("a", "1")]}
    client(f"{name}d", will=(name, "gone", 1, True), will_properties=given).drop()
    live = watcher.message()
    watcher.subscribe(name, 1)
    for message in (live, watcher.message()):
        found = message.properties
        assert (found.ContentType, found.ResponseTopic, found.CorrelationData) == ("type", "back", b"7")
        assert (found.PayloadFormatIndicator, found.UserProperty) == (1, [("b", "2"), ("a", "1")])
        assert 400 < found.MessageExpiryInterval <= 500


def test_disconnect_with_will(client, name):
    watcher = client(f"{name}v")
    watcher.subscribe(name, 1)
    client(f"{name}d", will=(name, "on purpose", 1, False)).disconnect(reason=4)
    assert watcher.payloads(1) == ["on purpose"]


@pytest.mark.parametrize("handling, first, again", [(0, True, True), (1, True, False), (2, False, False)])
def test_retain_handling(client, name, handling, first, again):
    both = client(f"{name}b")
    both.publish(name, "kept", 1, retain=True)
    for expected in (first, again):
        both.subscribe(name, options=SubscribeOptions(qos=1, retainHandling=handling))
        assert [message.payload for message in both.arrived()] == ([b"kept"] if expected else [])


@pytest.mark.parametrize("kept", [False, True])
def test_retain_as_published(client, name, kept):
    both = client(f"{name}b")
    both.subscribe(name, options=SubscribeOptions(qos=1, retainAsPublished=kept))
    both.publish(name, "x", 1, retain=True)
    assert both.message().retain == kept


def test_no_local(client, name):
    both, other = client(f"{name}b"), client(f"{name}o")
    both.subscribe(name, options=SubscribeOptions(qos=1, noLocal=True))
    both.publish(name, "mine", 1)
    other.publish(name, "yours", 1)
    assert both.payloads(1) == ["yours"]


def test_overlapping_subscriptions_with_identifiers(client, name):
    both = client(f"{name}b")
    both.subscribe(f"{name}/#", 0, SubscriptionIdentifier=1)
    both.subscribe(f"{name}/+", 2, SubscriptionIdentifier=268_435_455)
    both.publish(f"{name}/a", "x", 2)
    messages = both.arrived()
    identifiers = sorted(i for m in messages for i in m.properties.SubscriptionIdentifier)
    assert identifiers == [1, 268_435_455]
    assert max(m.qos for m in messages) == 2


def test_topic_alias_from_the_client(client, name):
    both = client(f"{name}b")
    assert both.connack[2].TopicAliasMaximum >= 1
    both.subscribe(f"{name}/#", 1)
    both.publish(f"{name}/a", "1", 1, TopicAlias=1)
    both.publish("", "2", 1, TopicAlias=1)
    both.publish(f"{name}/b", "3", 1, TopicAlias=1)
    both.publish("", "4", 1, TopicAlias=1)
    got = [both.message() for _ in range(4)]
    assert [(m.topic, m.payload) for m in got] == [
        (f"{name}/a", b"1"), (f"{name}/a", b"2"), (f"{name}/b", b"3"), (f"{name}/b", b"4")]


def test_topic_alias_from_the_broker(broker, client, name):
    """Resolved by hand: paho hands out what it was sent."""
    reader = client(f"{name}r", connect_properties={"TopicAliasMaximum": 2})
    reader.subscribe(f"{name}/#", 1)
    writer = client(f"{name}w")
    sent = [f"{name}/{number % 4}" for number in range(40)]
    for topic in sent:
        writer.publish(topic, topic, 1)
    topics, used = {}, 0
    for topic in sent:
        message = reader.message()
        alias = getattr(message.properties, "TopicAlias", None)
        assert alias is None or 1 <= alias <= 2
        if message.topic:
            topics[alias] = message.topic
        else:
            used += 1
        assert (message.topic or topics[alias]) == topic == message.payload.decode()
    assert used > 0 or broker.name != "martlet"


def test_receive_maximum_is_respected(client, name):
    reader = client(f"{name}r", manual_ack=True, connect_properties={"ReceiveMaximum": 2})
    reader.subscribe(name, 1)
    writer = client(f"{name}w")
    for number in range(5):
        writer.publish(name, str(number), 1)
    got = []
    for expected in (2, 4, 5):
        new = reader.arrived()
        got += new
        assert len(got) == expected
        for message in new:
            reader.acknowledge(message)
    assert [m.payload for m in got] == [b"0", b"1", b"2", b"3", b"4"]


def test_maximum_packet_size_is_respected(client, name):
    reader = client(f"{name}r", connect_properties={"MaximumPacketSize": 1000})
    reader.subscribe(name, 1)
    writer = client(f"{name}w")
    writer.publish(name, "x" * 2000, 1)
    writer.publish(name, "fits", 1)
    assert reader.payloads(1) == ["fits"]


def test_assigned_client_identifier(client, name):
    one, other = client(""), client("")
    assert one.connack[2].AssignedClientIdentifier != other.connack[2].AssignedClientIdentifier


def test_session_expiry_can_change_at_disconnect(client, name):
    kept = client(f"{name}a", clean=False, expiry=300)
    kept.disconnect(SessionExpiryInterval=0)
    assert not client(f"{name}a", clean=False, expiry=300).session_present


def test_session_ends_when_it_expires(client, name):
    end = time.monotonic() + DEADLINE
    client(f"{name}a", clean=False, expiry=1).disconnect()
    watched = client(f"{name}w", clean=False, expiry=1, will=(f"{name}/will", "expired", 1, False),
                     will_properties={"WillDelayInterval": 1000})
    watcher = client(f"{name}v")
    watcher.subscribe(f"{name}/will", 1)
    watched.drop()  # Later than the first; its will tells when its session has ended.
    assert watcher.payloads(1) == ["expired"] and time.monotonic() < end
    assert not client(f"{name}a", clean=False, expiry=1).session_present


def test_request_and_response(client, name):
    service, asking = client(f"{name}s"), client(f"{name}a")
    service.subscribe(f"{name}/ask", 1)
    asking.subscribe(f"{name}/answer/a", 1)
    asking.publish(f"{name}/ask", "2+2", 1, ResponseTopic=f"{name}/answer/a", CorrelationData=b"7")
    request = service.message()
    service.publish(request.properties.ResponseTopic, "4", 1, CorrelationData=request.properties.CorrelationData)
    answer = asking.message()
    assert (answer.payload, answer.properties.CorrelationData) == (b"4", b"7")


def test_clients_of_all_versions_understand_each_other(client, name):
    new, old, oldest = client(f"{name}n", version=5), client(f"{name}o", version=4), client(f"{name}z", version=3)
    everyone = [new, old, oldest]
    for one in everyone:
        one.subscribe(name, 2)
    for one in everyone:
        one.publish(name, one.identifier, 2, **({"UserProperty": [("k", "v")]} if one is new else {}))
    for one in everyone:
        assert sorted(one.payloads(3)) == sorted(other.identifier for other in everyone)


def test_clients_cannot_write_system_topics(client, name):
    both = client(f"{name}b")
    both.subscribe(f"$SYS/{name}/#", 1)
    both.subscribe(name, 1)
    both.publish(f"$SYS/{name}/x", "forged", 1)
    both.publish(name, "end", 1)
    assert both.payloads(1) == ["end"]


def test_an_orderly_end_of_the_broker(client, name):
    own = start()
    try:
        new = client(f"{name}n", to=own, will=(f"{name}/will", "broker ends", 1, False))
        old = client(f"{name}o", to=own, version=4)
        web = client(f"{name}w", to=own, transport="websockets")
    finally:
        assert own.stop() == 0
    for one in (new, old, web):
        assert one.disconnected.wait(DEADLINE)
    if own.name == "martlet":
        assert (new.disconnect_reason, old.disconnect_reason, web.disconnect_reason) == (0x8B, None, 0x8B)
