#!/usr/bin/env python3
"""Kills the broker with SIGKILL at random moments, again and again, and checks every promise it made.

crash.py [--rounds N] [--seed N] [--durability MODE] [--martlet PATH]

Load: two publishers (QoS 1 and QoS 2, in turn), a session that is connected and acknowledges, one that is
away and comes back at the end of every round, retained messages, and subscriptions that come and go. After
every restart the clients go on with their sessions: what was acknowledged must be there, QoS 2 once.
"""
import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

from crash_client import Client, Lost


class Publisher(Client):
    """Counts up on its topics, and knows what was promised."""

    def __init__(self, name, qos):
        super().__init__(name)
        self.qos = qos
        self.number = 0
        self.promised = []
        self.retained = 0
        self.retained_sent = 0

    def step(self):
        self.number += 1
        if self.number % 17 == 0:
            self.retained_sent = self.number
            self.publish(self.qos, f"retained/{self.name}", str(self.number), retain=True)
        else:
            self.publish(self.qos, f"load/{self.name}", str(self.number))

    def note(self, entry):
        if entry[3]:
            self.retained = max(self.retained, int(entry[2]))
        else:
            self.promised.append(int(entry[2]))

    def acknowledged(self, entry):
        if entry[0] == 1:
            self.note(entry)

    def recorded(self, entry):
        self.note(entry)


class Changer(Client):
    """Subscribes and unsubscribes, and knows what was acknowledged."""

    def __init__(self, name):
        super().__init__(name)
        self.state = {}

    def subscribed(self, filter, is_on):
        self.state[filter] = is_on


class Harness:
    def __init__(self, arguments):
        self.arguments = arguments
        self.random = random.Random(arguments.seed)
        self.data = tempfile.mkdtemp(prefix="martlet-crash-")
        self.process = None
        self.promised = self.received = self.duplicates = 0
        self.failures = []
        self.publishers = [Publisher("p1", 1), Publisher("p2", 2)]
        self.online, self.away = Client("online"), Client("away")
        self.changer = Changer("changer")
        self.start_times = []
        self.uncertain = set()

    def start(self):
        begun = time.monotonic()
        self.process = subprocess.Popen(
            [self.arguments.martlet, "serve", "--listen", "mqtt://127.0.0.1:0", "--data", self.data]
            + ["--durability", self.arguments.durability],
            stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if found := re.search(r"127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                break
        else:
            sys.exit("the broker did not start")
        self.start_times.append(time.monotonic() - begun)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()
        for client in [*self.publishers, self.online, self.away, self.changer]:
            if client.socket:
                client.socket.close()
                client.socket = None

    def clients(self):
        return [*self.publishers, self.online, self.changer]

    def load(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for publisher in self.publishers:
                while len(publisher.open) < 200 and self.random.random() < 0.97:
                    publisher.step()
            if not self.changer.subscribing:
                filter = f"change/{self.random.randrange(20)}"
                if self.random.random() < 0.5:
                    self.changer.subscribe(filter, 1)
                else:
                    self.changer.unsubscribe(filter)
            for client in self.clients():
                while client.read(0):
                    pass

    def quiet(self, clients):
        """Goes on until nothing more comes."""
        calm = time.monotonic() + 0.5
        while time.monotonic() < calm or any(c.open for c in clients):
            if any([client.read(0.01) for client in clients]):
                calm = time.monotonic() + 0.5

    def round(self, number):
        try:
            for client in self.clients():
                client.connect(self.port)
            if number == 0:
                self.online.subscribe("load/#", 2)
                self.away.connect(self.port)
                self.away.subscribe("load/#", 2)
                self.quiet([self.online, self.away])
                self.away.socket.close()
            before = sum(len(p.promised) for p in self.publishers)
            self.load(self.random.uniform(0.1, 1.0))
            # What the kernel still holds was promised before the end.
            self.promised += sum(len(p.promised) for p in self.publishers) - before
        except Lost:
            self.fail(number, "the broker closed a connection")
        self.kill()
        self.start()
        self.verify(number)

    def verify(self, number):
        everyone = [*self.publishers, self.online, self.away, self.changer]
        self.uncertain = {filter for filter, _ in self.changer.subscribing.values()}
        self.changer.subscribing = {}
        for client in everyone:
            client.connect(self.port)
            if not client.present:
                self.fail(number, f"the session of {client.name} is gone")
        self.quiet(everyone)
        for client in (self.online, self.away):
            for publisher in self.publishers:
                topic = f"load/{publisher.name}"
                seen = [int(text) for name, text, _ in client.messages if name == topic]
                missing = set(publisher.promised) - set(seen)
                if missing:
                    self.fail(number, f"{client.name} misses {len(missing)} of {topic}: {sorted(missing)[:5]}")
                twice = len(seen) - len(set(seen))
                twice += sum(n <= client.verified.get(topic, 0) for n in set(seen))
                if publisher.qos == 2 and twice:
                    self.fail(number, f"{client.name} got {twice} QoS 2 messages twice")
                self.duplicates += twice
                first = list(dict.fromkeys(seen))
                if first != sorted(first):
                    self.fail(number, f"the order of {topic} for {client.name}")
                self.received += len(set(seen))
                client.verified[topic] = max(seen, default=client.verified.get(topic, 0))
            client.messages = []
        self.verify_retained(number)
        self.verify_subscriptions(number)
        for publisher in self.publishers:
            publisher.promised = []
        self.away.socket.close()
        for client in self.clients():
            client.socket.close()

    def verify_retained(self, number):
        reader = Client(f"retained-{number}")
        reader.connect(self.port)
        reader.subscribe("retained/#", 0)
        self.quiet([reader])
        found = {topic: int(text) for topic, text, _ in reader.messages}
        for publisher in self.publishers:
            value = found.get(f"retained/{publisher.name}", 0)
            if not publisher.retained <= value <= publisher.retained_sent:
                self.fail(number, f"retained {value}, acknowledged {publisher.retained}")
        reader.socket.close()

    def verify_subscriptions(self, number):
        probe = Client("probe")
        probe.connect(self.port)
        for index in range(20):
            probe.publish(1, f"change/{index}", f"round {number}")
        self.quiet([probe, self.changer])
        probe.socket.close()
        got = {topic for topic, text, _ in self.changer.messages if text == f"round {number}"}
        for filter in self.uncertain:
            # The change that was under way may have happened or not; from now on it is known.
            self.changer.state[filter] = filter in got
        for filter, is_on in self.changer.state.items():
            if (filter in got) != is_on:
                self.fail(number, f"the subscription to {filter} should be {'there' if is_on else 'gone'}")
        self.changer.messages = []

    def fail(self, number, text):
        self.failures.append(text)
        print(f"round {number}: FAILED: {text}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--durability", default="synced")
    parser.add_argument("--martlet", default=os.environ.get("MARTLET", ".build/debug/martlet"))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, durability {arguments.durability}", flush=True)
    harness = Harness(arguments)
    harness.start()
    try:
        for number in range(arguments.rounds):
            harness.round(number)
    finally:
        harness.kill()
    print(
        f"{arguments.rounds} crashes, {harness.promised} messages acknowledged, {harness.received} deliveries"
        f" checked, {harness.duplicates} QoS 1 duplicates, {len(harness.failures)} failures;"
        f" start at most {max(harness.start_times):.2f} s")
    sys.exit(1 if harness.failures else 0)


if __name__ == "__main__":
    main()
