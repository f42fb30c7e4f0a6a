"""paho-mqtt with waiting instead of callbacks."""
import queue
import socket
import threading

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from broker import DEADLINE

VERSIONS = {3: paho.MQTTv31, 4: paho.MQTTv311, 5: paho.MQTTv5}


def properties(packet, **values):
    """Properties of a packet: properties('PUBLISH', ContentType='text')."""
    made = Properties(getattr(PacketTypes, packet))
    for key, value in values.items():
        for one in value if key == "UserProperty" else [value]:
            setattr(made, key, one)
    return made


def fence(*clients):
    """What one event loop had to tell the others by now, those of the clients know when this returns.

    Twice: first the one that tells has done so, then the others have listened.
    """
    for _ in range(2):
        for one in clients:
            one.subscribe("interop/fence/" + one.identifier)


class Client:
    """A client that connects once, and never again by itself.

    Options beyond paho's: `clean` (Clean Start or Clean Session), `expiry` (of the session, in seconds),
    `will` (topic, payload, qos, retain), `will_properties` and `connect_properties` (dicts), `user` and `password`.
    """

    def __init__(self, identifier="", *, version=5, clean=True, expiry=None, will=None, will_properties=None,
                 connect_properties=None, manual_ack=False, keepalive=60, user=None, password=None):
        self.identifier, self.version, self.clean, self.keepalive = identifier, version, clean, keepalive
        self.manual_ack, self.user, self.password = manual_ack, user, password
        self.will, self.will_properties = will, will_properties
        self.connect_properties = dict(connect_properties or {})
        if expiry is not None:
            self.connect_properties["SessionExpiryInterval"] = expiry
        self.inbox = queue.Queue()
        self.connack = None
        self.disconnected = threading.Event()
        self.disconnect_reason = None
        self._acks = {}
        self._changed = threading.Condition()
        self.paho = None

    def connect(self, address, expected=0):
        options = {} if self.version == 5 else {"clean_session": self.clean}
        self.paho = paho.Client(
            paho.CallbackAPIVersion.VERSION2, self.identifier, protocol=VERSIONS[self.version],
            transport=address.transport, reconnect_on_failure=False, manual_ack=self.manual_ack, **options)
        self.paho.on_connect = self._connected
        self.paho.on_disconnect = self._disconnected
        self.paho.on_subscribe = lambda _, __, mid, codes, ___: self._acknowledged(mid, codes)
        self.paho.on_unsubscribe = lambda _, __, mid, codes, ___: self._acknowledged(mid, codes)
        self.paho.on_publish = lambda _, __, mid, code, ___: self._acknowledged(mid, code)
        self.paho.on_message = lambda _, __, message: self.inbox.put(message)
        if address.transport == "websockets":
            self.paho.ws_set_options(path=address.path)
        if self.user is not None:
            self.paho.username_pw_set(self.user, self.password)
        if self.will:
            topic, payload, qos, retain = self.will
            more = properties("WILLMESSAGE", **self.will_properties) if self.will_properties else None
            self.paho.will_set(topic, payload, qos, retain, properties=more)
        more = {}
        if self.version == 5:
            more = {"clean_start": self.clean, "properties": properties("CONNECT", **self.connect_properties)}
        self._connect = lambda to: self.paho.connect(to.host, to.port, self.keepalive, **more)
        self.address = address
        return self._start(expected)

    def move(self, address):
        """Connects again, to another address of the same transport."""
        self.address = address
        self.resume()

    def resume(self):
        """Connects again with what paho remembers of the session."""
        assert not self.paho.is_connected()
        self.connack = None
        self.disconnected.clear()
        self.disconnect_reason = None
        self._start()

    def _start(self, expected=0):
        self._connect(self.address)
        self.paho.loop_start()
        with self._changed:
            assert self._changed.wait_for(lambda: self.connack, DEADLINE), "no CONNACK"
        assert self.connack[0] == expected, f"CONNACK {self.connack[0]}"
        return self

    def _connected(self, _, __, flags, reason, more):
        with self._changed:
            self.connack = (reason.value, flags.session_present, more)
            self._changed.notify_all()

    def _disconnected(self, _, __, flags, reason, ___):
        if flags.is_disconnect_packet_from_server:  # paho may call again, for the end of the socket.
            self.disconnect_reason = reason.value
        self.disconnected.set()

    def _acknowledged(self, mid, codes):
        with self._changed:
            self._acks[mid] = codes
            self._changed.notify_all()

    def wait_for(self, mid, what):
        """Waits until what was sent under that number is acknowledged, and returns the code or codes."""
        with self._changed:
            assert self._changed.wait_for(lambda: mid in self._acks, DEADLINE), f"{what} was not acknowledged"
            return self._acks.pop(mid)

    def is_acknowledged(self, mid, timeout):
        """Whether what was sent under that number is acknowledged by then."""
        with self._changed:
            return self._changed.wait_for(lambda: mid in self._acks, timeout)

    @property
    def session_present(self):
        return self.connack[1]

    def subscribe(self, topic, qos=0, options=None, **more):
        """Subscribes, waits for SUBACK and returns the codes granted."""
        arguments = {"options": options} if options else {"qos": qos}
        if more:
            arguments["properties"] = properties("SUBSCRIBE", **more)
        error, mid = self.paho.subscribe(topic, **arguments)
        assert error == paho.MQTT_ERR_SUCCESS
        return [code.value for code in self.wait_for(mid, f"SUBSCRIBE {topic}")]

    def unsubscribe(self, topic):
        error, mid = self.paho.unsubscribe(topic)
        assert error == paho.MQTT_ERR_SUCCESS
        self.wait_for(mid, f"UNSUBSCRIBE {topic}")

    def send(self, topic, payload="", qos=0, retain=False, **more):
        """Publishes without waiting."""
        made = properties("PUBLISH", **more) if more else None
        sent = self.paho.publish(topic, payload, qos, retain, properties=made)
        assert sent.rc == paho.MQTT_ERR_SUCCESS
        return sent.mid

    def publish(self, topic, payload="", qos=0, retain=False, **more):
        """Publishes, waits until the exchange of that QoS is over and returns the reason code."""
        return self.wait_for(self.send(topic, payload, qos, retain, **more), f"PUBLISH {topic}").value

    def message(self):
        try:
            return self.inbox.get(timeout=DEADLINE)
        except queue.Empty:
            raise AssertionError(f"{self.identifier} waited for a message in vain") from None

    def payloads(self, count):
        return [self.message().payload.decode() for _ in range(count)]

    def arrived(self):
        """All messages that the broker had for this client by now, and that nobody has taken yet.

        Two round trips: what the first packet brings about may come after its answer.
        """
        for _ in range(2):
            self.subscribe("interop/fence/" + self.identifier)
        return [self.message() for _ in range(self.inbox.qsize())]

    def acknowledge(self, message):
        self.paho.ack(message.mid, message.qos)

    def disconnect(self, reason=0, **more):
        """Says DISCONNECT and waits until the connection is closed."""
        if self.version == 5:
            code = paho.ReasonCode(PacketTypes.DISCONNECT, identifier=reason)
            self.paho.disconnect(code, properties("DISCONNECT", **more))
        else:
            self.paho.disconnect()
        assert self.disconnected.wait(DEADLINE)
        self.paho.loop_stop()

    def drop(self):
        """Breaks the connection without DISCONNECT."""
        if self.paho is None:
            return
        connection = self.paho.socket()
        if connection is not None:
            try:
                getattr(connection, "_socket", connection).shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It was closed already.
            # paho's thread may end without having looked, and takes the connection for open then.
            assert self.disconnected.wait(DEADLINE), "paho did not notice that the connection is broken"
        self.paho.loop_stop()
