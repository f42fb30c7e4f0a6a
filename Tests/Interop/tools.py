"""mosquitto_pub, mosquitto_sub and mosquitto_rr as processes."""
import json
import subprocess

from broker import DEADLINE
from terminal import TerminalProcess


def command(broker, tool, *arguments):
    """The command line of a tool that talks to the broker over TCP."""
    tcp = broker.addresses["tcp"]
    return [tool, "-h", tcp.host, "-p", str(tcp.port), *map(str, arguments)]


def run(broker, tool, *arguments, stdin=None):
    """Runs a tool to its end and returns what it printed, as bytes. Fails if the tool does."""
    done = subprocess.run(
        command(broker, tool, *arguments), input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
    assert done.returncode == 0, f"{tool} ended with {done.returncode}: {done.stderr.decode()}"
    return done.stdout


def publish(broker, *arguments, stdin=None):
    """mosquitto_pub; returns when the broker has acknowledged."""
    return run(broker, "mosquitto_pub", *arguments, stdin=stdin)


class Subscriber(TerminalProcess):
    """mosquitto_sub. Killing it ends it without DISCONNECT."""

    def __init__(self, broker, arguments):
        tcp = broker.addresses["tcp"]
        where = [] if "--unix" in arguments else ["-h", tcp.host, "-p", str(tcp.port)]
        self.messages = []
        self.taken = 0
        super().__init__(["mosquitto_sub", *where, "-d", "-F", "MESSAGE %j", *map(str, arguments)])

    def take(self, line):
        if line.startswith("MESSAGE "):
            self.messages.append(line[8:])
        else:
            super().take(line)

    def wait_until_subscribed(self):
        self.wait_for(lambda line: line if line.startswith("Subscribed (mid") else None)

    def message(self):
        """The next message, as the JSON of mosquitto_sub's %j."""
        def unseen():
            return self.messages[self.taken] if len(self.messages) > self.taken else None

        found = json.loads(self.wait(unseen, f"message {self.taken + 1}"))
        self.taken += 1
        return found

    def payloads(self, count):
        """The payloads of the next messages."""
        return [self.message()["payload"] for _ in range(count)]
