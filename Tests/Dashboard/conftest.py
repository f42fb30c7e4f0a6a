"""A broker with its dashboard, and a browser that looks at it."""
import os
import re
import socket
import struct
import subprocess
import tempfile
import threading

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

MARTLET = os.environ["MARTLET"]
SCREENSHOTS = os.environ.get("SCREENSHOTS", ".build-dashboard/screenshots")


class Martlet:
    """The program with an administration listener, a user and a WebSocket listener."""

    def __init__(self, *arguments):
        self.folder = tempfile.TemporaryDirectory(prefix="martlet-dashboard-")
        self.data = os.path.join(self.folder.name, "data")
        os.mkdir(self.data, 0o700)
        self.lines, self.changed = [], threading.Condition()
        self.process = subprocess.Popen(
            [MARTLET, "serve", "--listen", "mqtt://127.0.0.1:0", "--listen", "ws://127.0.0.1:0/mqtt",
             "--admin", "http://127.0.0.1:0", "--data", self.data, *arguments],
            stderr=subprocess.PIPE, text=True)
        threading.Thread(target=self._read, daemon=True).start()
        self.url = self.find(r"administration on (\S+)")
        self.port = int(self.find(r"listening on mqtt://127.0.0.1:(\d+)"))
        self.socket_url = self.find(r"listening on (ws:\S+)")

    def _read(self):
        for line in self.process.stderr:
            with self.changed:
                self.lines.append(line)
                self.changed.notify_all()
        with self.changed:
            self.lines.append("")
            self.changed.notify_all()

    def find(self, pattern):
        def found():
            return next((match[1] for match in (re.search(pattern, line) for line in self.lines) if match), None)
        with self.changed:
            assert self.changed.wait_for(lambda: found() or self.process.poll() is not None, 60)
            return found() or pytest.fail("".join(self.lines))

    def token(self, role):
        return subprocess.run([MARTLET, "ctl", "token", "create", f"the-{role}", "--role", role, "--data", self.data],
                              check=True, capture_output=True, text=True).stdout.strip()

    def ctl(self, token, *arguments):
        environment = dict(os.environ, MARTLET_CTL_URL=self.url, MARTLET_CTL_TOKEN=token)
        return subprocess.run([MARTLET, "ctl", *arguments], env=environment, check=True, capture_output=True,
                              text=True).stdout

    def client(self, name, *filters):
        """A connected client without a library: CONNECT, and SUBSCRIBE for each filter."""
        def text(value):
            return struct.pack("!H", len(value)) + value.encode()

        one = socket.create_connection(("127.0.0.1", self.port))
        body = text("MQTT") + bytes([4, 0]) + struct.pack("!H", 0) + text(name)
        packets = bytes([0x10, len(body)]) + body
        for filter in filters:
            body = struct.pack("!H", 1) + text(filter) + b"\1"
            packets += bytes([0x82, len(body)]) + body
        one.sendall(packets)
        return one

    def stop(self):
        self.process.terminate()
        assert self.process.wait(60) == 0
        self.folder.cleanup()


@pytest.fixture(scope="session")
def martlet():
    running = Martlet()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def tokens(martlet):
    return {role: martlet.token(role) for role in ("read", "operate", "admin")}


class Page:
    """A window of a size and a colour scheme."""

    def __init__(self, width, height, scheme):
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--hide-scrollbars"):
            options.add_argument(argument)
        options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options, Service(os.environ.get("CHROMEDRIVER", "/usr/bin/chromedriver")))
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def screenshot(self, name):
        os.makedirs(SCREENSHOTS, exist_ok=True)
        self.driver.save_screenshot(os.path.join(SCREENSHOTS, name + ".png"))

    def overflow(self):
        """How far the page is wider than its window."""
        return self.driver.execute_script(
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth")

    def errors(self):
        """What the browser complained about; a refused request is the page's matter."""
        return [entry for entry in self.driver.get_log("browser")
                if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]


@pytest.fixture(scope="module", params=[(1280, 900, "light"), (1280, 900, "dark"), (390, 844, "light"),
                                        (390, 844, "dark")], ids=lambda size: f"{size[0]}-{size[2]}")
def page(request):
    one = Page(*request.param)
    one.name = f"{request.param[0]}-{request.param[2]}"
    yield one
    one.driver.quit()


@pytest.fixture(scope="module")
def window():
    one = Page(1280, 900, "light")
    yield one
    one.driver.quit()
