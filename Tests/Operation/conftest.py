"""A broker with an administration listener, for tests with what operators really use."""
import os
import pathlib
import re
import subprocess
import sys
import threading
import time

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "Interop"))
MARTLET = os.path.abspath(os.environ["MARTLET"])
ROOT = pathlib.Path(__file__).resolve().parents[2]
DEADLINE = 120


def wait_for(what, condition):
    """What condition() gives, once it gives something."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come")


class Martlet:
    """`martlet serve` in a folder of its own; `command` is what starts it, with its options behind."""

    def __init__(self, folder, *arguments, command=(MARTLET, "serve"), environment=(), **options):
        self.data = str(folder / "data")
        os.makedirs(self.data, 0o700, exist_ok=True)
        self.lines, self.changed = [], threading.Condition()
        self.process = subprocess.Popen(
            [*command, "--data", self.data, *arguments], stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SWIFTNIO_STRICT": "1", **dict(environment)}, **options)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()

    def find(self, pattern, since=0):
        """The first group of the first line from `since` on that matches."""
        def found():
            return next((match for match in (re.search(pattern, line) for line in self.lines[since:]) if match), None)
        with self.changed:
            if not self.changed.wait_for(found, DEADLINE):
                pytest.fail(f"no line has {pattern}:\n" + "".join(self.lines))
            match = found()
            return match[1] if match.re.groups else match[0]

    @property
    def port(self):
        return int(self.find(r"listening on mqtts?://127.0.0.1:(\d+)"))

    @property
    def url(self):
        return self.find(r"administration on ([^\s\"]+)")

    def token(self, role):
        return subprocess.run([MARTLET, "ctl", "token", "create", f"the-{role}", "--role", role, "--data", self.data],
                              check=True, capture_output=True, text=True).stdout.strip()

    def ctl(self, token, *arguments, check=True):
        environment = dict(os.environ, MARTLET_CTL_URL=self.url, MARTLET_CTL_TOKEN=token)
        return subprocess.run([MARTLET, "ctl", *arguments], env=environment, check=check, capture_output=True,
                              text=True, timeout=DEADLINE)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(DEADLINE)
        self.reader.join(DEADLINE)
        assert status == 0, "".join(self.lines[-60:])


@pytest.fixture
def start(tmp_path):
    """Starts brokers, and ends them with the test."""
    running = []

    def started(*arguments, **options):
        running.append(Martlet(tmp_path, *arguments, **options))
        return running[-1]

    yield started
    for one in running:
        if one.process.poll() is None:
            one.stop()


@pytest.fixture
def martlet(start):
    running = start("--listen", "mqtt://127.0.0.1:0", "--admin", "http://127.0.0.1:0")
    # Before that it is not ready, and says so.
    assert running.port
    return running
