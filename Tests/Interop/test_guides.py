"""The commands of docs/guides, as they stand there, and those that martlet setup prints."""
import os
import pathlib
import re
import shlex
import subprocess
import threading

import pytest

from broker import DEADLINE, martlet
from ports import free_ports

pytestmark = pytest.mark.skipif(os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own commands")
# What needs other servers is run by make operation.
GUIDES = [path for path in sorted((pathlib.Path(__file__).parents[2] / "docs/guides").glob("[a-z]*.md"))
          if path.stem != "behind-a-proxy"]
BLOCK = re.compile(r"^```sh( serve| refused)?\n(.*?)^```$", re.S | re.M)


class Shell:
    """A folder, a PATH with martlet on it, and the broker that was started last."""

    def __init__(self, folder):
        self.folder, self.process = folder, None
        tools = folder / "tools"
        tools.mkdir()
        program = martlet()
        wrapper = tools / "martlet"
        wrapper.write_text(f"#!/bin/sh\nexec {shlex.join([os.path.abspath(program[0]), *program[1:]])} \"$@\"\n")
        wrapper.chmod(0o755)
        self.environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
        self.ports = dict(zip(("8883", "8884", "1883"), map(str, free_ports(3))))

    def text(self, text):
        for port, other in self.ports.items():
            text = re.sub(rf"\b{port}\b", other, text)
        return text

    def run(self, script, is_refused=False):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.text(script)], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120)
        assert (done.returncode != 0) == is_refused, f"{script}\n{done.stdout}{done.stderr}"
        return done.stdout

    def serve(self, line):
        configuration = self.folder / shlex.split(line)[-1]
        configuration.write_text(self.text(configuration.read_text()))
        self.process = subprocess.Popen(
            ["bash", "-c", f"exec {line}"], cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
        wanted = len(re.findall(r"\b(?:mqtts?|wss?)://", configuration.read_text()))
        said = []
        for line in self.process.stderr:
            said.append(line)
            wanted -= "listening on" in line
            if not wanted:
                break
        assert not wanted, "the broker does not listen: " + "".join(said)
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def stop(self):
        # Proxies that a guide has started end with it, if it did not come to that itself.
        for pid in self.folder.glob("*.pid"):
            subprocess.run(["bash", "-c", f"kill \"$(cat '{pid}')\""], check=False, stderr=subprocess.DEVNULL)
        if self.process:
            self.process.terminate()
            assert self.process.wait(DEADLINE) == 0


@pytest.fixture
def shell(tmp_path):
    made = Shell(tmp_path)
    yield made
    made.stop()


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.stem)
def test_a_guide_works(shell, guide):
    follow(shell, guide)


def follow(shell, guide):
    """Does what a guide says."""
    blocks = BLOCK.findall(guide.read_text(encoding="utf-8"))
    assert sum(kind == " serve" for kind, _ in blocks) == 1 and len(blocks) > 2
    for kind, script in blocks:
        if kind == " serve":
            shell.serve(script.strip())
        else:
            shell.run(script, is_refused=kind == " refused")


def test_what_setup_prints_works(shell):
    printed = shell.run("martlet setup 'my broker' --user anna --password \"it's a secret\"")
    lines = [line.strip() for line in printed.splitlines()]
    shell.serve(next(line for line in lines if line.startswith("martlet serve")))
    for kind in ("martlet ", "mosquitto_"):
        publish = next(line for line in lines if line.startswith(f"{kind}pub"))
        subscribe = next(line for line in lines if line.startswith(f"{kind}sub"))
        shell.run(publish + " -r -q 1")
        assert shell.run(subscribe + " -C 1") == "hello world\n"
    fingerprint = subprocess.run(
        ["openssl", "x509", "-in", shell.folder / "my broker/ca.pem", "-noout", "-fingerprint", "-sha256"],
        check=True, capture_output=True, text=True, timeout=DEADLINE).stdout
    assert fingerprint.strip().split("=")[1] in printed
    shell.run("martlet cert client device --directory 'my broker' && martlet cert renew --directory 'my broker'")
