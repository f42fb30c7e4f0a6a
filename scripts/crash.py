#!/usr/bin/env python3
"""Kills the broker with SIGKILL at random moments, again and again, and checks every promise it made.

crash.py [--rounds N] [--seed N] [--durability MODE] [--shards N] [--martlet PATH] [--power-loss] [--lying-disk]
         [--expect-loss] [--mosquitto [LINE...]]

With --power-loss the disk also forgets what was not synced, all or any part of it (see power_loss.py). Then
`--durability written`, or --lying-disk, whose disk syncs nothing, must lose something: --expect-loss ends well
with the first loss, and badly without one. --mosquitto runs Debian's Mosquitto with persistence instead, with
more lines of its configuration if they are given, and counts what it loses.

Load: two publishers (QoS 1 and QoS 2, in turn), a session that is connected and acknowledges, one that is
away and comes back at the end of every round, retained messages, one session that is sent all of them in every
round, and subscriptions that come and go. After
every restart the clients go on with their sessions: what was acknowledged must be there, QoS 2 once.
"""
import argparse
import collections
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from crash_client import Client, Lost
from power_loss import PowerLoss


FIXED = 12


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
        self.data = os.path.realpath(tempfile.mkdtemp(prefix="martlet-crash-"))
        self.power = None
        if arguments.power_loss:
            self.power = PowerLoss(self.data, arguments.seed, arguments.lying_disk)
        self.process = None
        self.promised = self.received = self.duplicates = 0
        self.losses = collections.Counter()
        self.publishers = [Publisher("p1", 1), Publisher("p2", 2)]
        self.online, self.away = Client("online"), Client("away")
        self.changer = Changer("changer")
        self.keeper = Client("keeper")
        self.start_times = []
        self.uncertain = set()

    def start(self):
        begun = time.monotonic()
        if self.arguments.mosquitto is not None:
            self.start_mosquitto()
            return
        # A broker may come back with another number of event loops than it had.
        shards = self.arguments.shards or self.random.randint(1, 3)
        self.process = subprocess.Popen(
            [self.arguments.martlet, "serve", "--listen", "mqtt://127.0.0.1:0", "--data", self.data]
            + ["--durability", self.arguments.durability, "--shards", str(shards)],
            stderr=subprocess.PIPE, text=True, env={
                **(self.power.environment() if self.power else os.environ), "MARTLET_DAMAGED_STORE": "refuse",
                # In every second life messages on their way are held, as they are under load.
                "MARTLET_LIMITS_HOLD_THRESHOLD": self.random.choice(["2", "256"]),
                # And in others queues are on the disk from their fourth message on.
                "MARTLET_LIMITS_QUEUE_WINDOW": self.random.choice(["3", "1024"])})
        said = []
        for line in self.process.stderr:
            said.append(line)
            if found := re.search(r"127\.0\.0\.1:(\d+)", line):
                self.port = int(found.group(1))
                break
        else:
            self.did_not_start("".join(said))
        self.start_times.append(time.monotonic() - begun)

    def did_not_start(self, said):
        """A store that a lying disk left in pieces is a loss that the broker tells; all else is a fault of ours."""
        status = self.process.wait()
        print(said, end="", flush=True)
        if status == os.EX_DATAERR and "is damaged" in said:
            self.fail(len(self.start_times) - 1, "store", "the store, which is damaged, as the broker says")
        sys.exit(f"the broker did not start: status {status}")

    def start_mosquitto(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        lines = [
            f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root", "persistence true",
            f"persistence_location {self.data}/", "max_queued_messages 0", "max_inflight_messages 0", *self.arguments.mosquitto]
        with open(os.path.join(self.data, "mosquitto.conf"), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        program = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin") or sys.exit("no mosquitto")
        self.process = subprocess.Popen([program, "-c", file.name], stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            if "running" in line:
                return
        sys.exit("Mosquitto did not start")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stderr.close()
        for client in [*self.publishers, self.online, self.away, self.changer, self.keeper]:
            if client.socket and client.socket.fileno() >= 0:
                client.drain()
                client.socket.close()
                client.socket = None
        if self.power:
            self.power.cut()

    def clients(self):
        return [*self.publishers, self.online, self.changer, self.keeper]

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
        before = sum(len(p.promised) for p in self.publishers)
        try:
            for client in self.clients():
                client.connect(self.port)
            if number == 0:
                self.online.subscribe("load/#", 2)
                self.away.connect(self.port)
                self.away.subscribe("load/#", 2)
                for index in range(FIXED):
                    self.publishers[index % 2].publish(1, f"fixed/{index}", "0", retain=True)
                self.quiet([self.online, self.away, *self.publishers])
                self.away.socket.close()
            # It is sent what is retained, and acknowledges it: nothing of that may take it out of the store.
            self.keeper.subscribe("fixed/#", 1)
            self.load(self.random.uniform(0.1, 1.0))
            # So that it is killed in the middle of something.
            for publisher in self.publishers:
                for _ in range(self.random.randrange(300)):
                    publisher.step()
            time.sleep(self.random.uniform(0, 0.02))
        except Lost:
            self.fail(number, "connections closed")
        self.kill()
        self.promised += sum(len(p.promised) for p in self.publishers) - before
        self.start()
        try:
            self.verify(number)
        except Lost:
            self.fail(number, "connections closed")
            if self.arguments.mosquitto is None:
                raise

    def verify(self, number):
        everyone = [*self.publishers, self.online, self.away, self.changer, self.keeper]
        self.uncertain = {filter for filter, _ in self.changer.subscribing.values()}
        self.changer.subscribing = {}
        for client in everyone:
            client.connect(self.port)
            if not client.present:
                self.fail(number, "sessions", f"the session of {client.name} is gone")
                self.begin_again(client)
        self.quiet(everyone)
        self.wait_for_promises(everyone)
        for client in (self.online, self.away):
            for publisher in self.publishers:
                topic = f"load/{publisher.name}"
                seen = [int(text) for name, text, _ in client.messages if name == topic]
                missing = self.missing(client, publisher)
                if missing:
                    self.fail(
                        number, "messages", f"{client.name} misses {len(missing)} of {topic}: {sorted(missing)[:5]}",
                        len(missing))
                twice = len(seen) - len(set(seen))
                twice += sum(n <= client.verified.get(topic, 0) for n in set(seen))
                if publisher.qos == 2 and twice:
                    self.fail(number, "QoS 2 twice", f"{client.name} got {twice} QoS 2 messages twice", twice)
                self.duplicates += twice
                first = list(dict.fromkeys(seen))
                if first != sorted(first):
                    self.fail(number, "order", f"the order of {topic} for {client.name}")
                self.received += len(set(seen))
                client.verified[topic] = max(seen, default=client.verified.get(topic, 0))
            client.messages = []
        self.keeper.messages = []
        self.verify_retained(number)
        self.verify_subscriptions(number)
        for publisher in self.publishers:
            publisher.promised = []
        self.away.socket.close()
        for client in self.clients():
            client.socket.close()

    def wait_for_promises(self, clients):
        """A busy machine may let a broker pause; what is lost does not come in ten seconds either."""
        end = time.monotonic() + (10 if self.arguments.mosquitto is None else 1)
        while time.monotonic() < end and any(self.missing(*pair) for pair in self.pairs()):
            for client in clients:
                client.read(0.01)
        self.quiet(clients)

    def pairs(self):
        return [(client, publisher) for client in (self.online, self.away) for publisher in self.publishers]

    def missing(self, client, publisher):
        seen = {int(text) for name, text, _ in client.messages if name == f"load/{publisher.name}"}
        return set(publisher.promised) - seen

    def verify_retained(self, number):
        reader = Client(f"retained-{number}")
        reader.connect(self.port)
        reader.subscribe("retained/#", 0)
        reader.subscribe("fixed/#", 0)
        self.quiet([reader])
        found = {topic: int(text) for topic, text, _ in reader.messages}
        fixed = sum(topic.startswith("fixed/") for topic in found)
        if fixed != FIXED:
            self.fail(number, "retained", f"{fixed} of {FIXED} retained messages that nobody changes are left")
        for publisher in self.publishers:
            value = found.get(f"retained/{publisher.name}", 0)
            if not publisher.retained <= value <= publisher.retained_sent:
                self.fail(number, "retained", f"retained {value}, acknowledged {publisher.retained}")
            publisher.retained = value
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
                self.fail(
                    number, "subscriptions",
                    f"the subscription to {filter} should be {'there' if is_on else 'gone'}")
                self.changer.state[filter] = filter in got
        self.changer.messages = []

    def begin_again(self, client):
        """The broker knows nothing of the session."""
        if client in (self.online, self.away):
            client.subscribe("load/#", 2)

    def fail(self, number, kind, text="", count=1):
        self.losses[kind] += count
        if self.arguments.mosquitto is None:
            print(f"round {number}: LOST: {text or kind}", flush=True)
        if self.arguments.expect_loss:
            raise Expected

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.data, ignore_errors=True)
        if self.power:
            self.power.remove()


class Expected(Exception):
    """What should be lost was lost."""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    parser.add_argument("--durability", default="synced")
    parser.add_argument("--shards", type=int, default=0, help="0: another number, 1 to 3, after each crash")
    parser.add_argument("--martlet", default=os.environ.get("MARTLET", ".build/debug/martlet"))
    parser.add_argument("--power-loss", action="store_true")
    parser.add_argument("--lying-disk", action="store_true")
    parser.add_argument("--expect-loss", action="store_true")
    parser.add_argument("--mosquitto", nargs="*", metavar="LINE")
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}, durability {arguments.durability}", flush=True)
    harness = Harness(arguments)
    harness.start()
    try:
        for number in range(arguments.rounds):
            harness.round(number)
    except Expected:
        print("something was lost, as it should be")
        sys.exit(0)
    finally:
        harness.close()
    losses = ", ".join(f"{kind} {count}" for kind, count in sorted(harness.losses.items())) or "nothing"
    print(
        f"{arguments.rounds} crashes, {harness.promised} messages acknowledged, {harness.received} deliveries"
        f" checked, {harness.duplicates} QoS 1 duplicates; lost: {losses}", end="")
    print(f"; start at most {max(harness.start_times):.2f} s" if harness.start_times else "", end="")
    print(f"; {harness.power.lost} sectors lost, {harness.power.kept} kept" if harness.power else "", flush=True)
    if arguments.expect_loss:
        sys.exit("nothing was lost, though it should have been")
    sys.exit(1 if harness.losses and arguments.mosquitto is None else 0)


if __name__ == "__main__":
    main()
