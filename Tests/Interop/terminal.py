"""A program on a terminal of its own, so that its output comes line by line."""
import os
import pty
import subprocess
import threading
import tty

from broker import DEADLINE


class TerminalProcess:
    """Runs a command and gathers its lines, standard output and standard error together."""

    def __init__(self, command):
        master, slave = pty.openpty()
        tty.setraw(slave)
        self.command = command
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=slave, stderr=slave)
        os.close(slave)
        self.lines = []
        self.has_ended = False
        self.changed = threading.Condition()
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
                with self.changed:
                    for line in whole:
                        self.take(line.decode())
                    self.has_ended = not chunk
                    self.changed.notify_all()
                if not chunk:
                    return

    def take(self, line):
        """Called for each line, with `changed` locked."""
        self.lines.append(line)

    def wait(self, condition, what):
        """Waits until `condition` returns something, and returns it. It is called with `changed` locked."""
        with self.changed:
            if not self.changed.wait_for(lambda: condition() is not None or self.has_ended, DEADLINE):
                raise AssertionError(f"{what} did not come:\n{self}")
            found = condition()
        assert found is not None, f"{what} did not come before the end:\n{self}"
        return found

    def wait_for(self, matches):
        """Waits for a line for which `matches` returns something, and returns that."""
        return self.wait(
            lambda: next((found for line in self.lines if (found := matches(line)) is not None), None), "a line")

    def __str__(self):
        return " ".join(map(str, self.command)) + "\n" + "\n".join(line[:200] for line in self.lines[-20:])

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(DEADLINE)
