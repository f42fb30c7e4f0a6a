"""mosquitto_pub, mosquitto_sub and mosquitto_rr as processes."""
import json
import os
import pty
import subprocess
import threading
import tty

from broker import DEADLINE


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


class Subscriber:
    """mosquitto_sub, on a terminal so that its output comes line by line."""

    def __init__(self, broker, arguments):
        tcp = broker.addresses["tcp"]
        where = [] if "--unix" in arguments else ["-h", tcp.host, "-p", str(tcp.port)]
        master, slave = pty.openpty()
        tty.setraw(slave)
        self.arguments = arguments
        self.process = subprocess.Popen(
            ["mosquitto_sub", *where, "-d", "-F", "MESSAGE %j", *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
        os.close(slave)
        self.lines = []
        self.messages = []
        self.taken = 0
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(master,), daemon=True)
        self._reader.start()

    def _read(self, master):
        with open(master, "rb", buffering=0) as terminal:
            rest = b""
            while True:
                try:
                    chunk = terminal.read(65536)
                except OSError:  # The terminal's other end has closed.
                    chunk = b""
                *whole, rest = (rest + chunk).split(b"\n")
                with self._changed:
                    for line in map(bytes.decode, whole):
                        if line.startswith("MESSAGE "):
                            self.messages.append(line[8:])
                        else:
                            self.lines.append(line)
                    if not chunk:
                        self.lines.append(None)
                    self._changed.notify_all()
                if not chunk:
                    return

    def _wait(self, condition, what):
        with self._changed:
            if not self._changed.wait_for(lambda: condition() is not None or self.lines[-1:] == [None], DEADLINE):
                raise AssertionError(f"{what} did not come:\n{self}")
            found = condition()
        assert found is not None, f"{what} did not come before the end:\n{self}"
        return found

    def __str__(self):
        return f"mosquitto_sub {self.arguments}\n" + "\n".join(str(line)[:200] for line in self.lines[-20:])

    def wait_until_subscribed(self):
        self._wait(lambda: next((x for x in self.lines if x and x.startswith("Subscribed (mid")), None), "SUBACK")

    def message(self):
        """The next message, as the JSON of mosquitto_sub's %j."""
        def unseen():
            return self.messages[self.taken] if len(self.messages) > self.taken else None

        found = json.loads(self._wait(unseen, f"message {self.taken + 1}"))
        self.taken += 1
        return found

    def payloads(self, count):
        """The payloads of the next messages."""
        return [self.message()["payload"] for _ in range(count)]

    def kill(self):
        """Ends it without DISCONNECT."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(DEADLINE)
