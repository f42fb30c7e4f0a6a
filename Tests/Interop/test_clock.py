"""A machine whose clock is ten years behind when it starts, and is set when the network is there."""
import os
import pathlib
import signal
import subprocess
import time

import pytest

from broker import DEADLINE, Martlet
from client import fence

pytestmark = pytest.mark.skipif(os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own words")
YEARS = 10 * 365 * 86_400


class Behind(Martlet):
    """A broker whose clock is as many seconds behind as `shift` says."""

    def __init__(self, folder, shards):
        self.shim, self.shift = folder / "shifted_clock.so", folder / "shift"
        source = pathlib.Path(__file__).with_name("shifted_clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.shim, source, "-ldl"], check=True)
        self.shift.write_text(f"{-YEARS}\n", encoding="utf-8")
        super().__init__(data=os.path.join(folder, "data"), flags=("--shards", str(shards)))

    def command(self):
        return ["env", f"LD_PRELOAD={self.shim}", f"SHIFTED_CLOCK={self.shift}", *super().command()]


@pytest.mark.parametrize("shards", [1, 3])
def test_a_clock_that_is_set_ends_no_session(client, tmp_path, name, shards):
    broker = Behind(tmp_path, shards)
    try:
        for number in range(4):
            reader = client(f"{name}{number}", to=broker, version=5, clean=False, expiry=3600)
            reader.subscribe(name, 1)
            reader.drop()
        writer = client(f"{name}w", to=broker)
        assert writer.publish(name, "kept", 1) == 0
        before = len(broker.log)
        # Whoever reads it finds the old text or the new one.
        new = broker.shift.with_name("new")
        new.write_text("0\n", encoding="utf-8")
        new.rename(broker.shift)
        end = time.monotonic() + DEADLINE
        while not any("clock was set" in line for line in broker.log[before:]):
            assert time.monotonic() < end, broker.tail()
            assert writer.publish("something/else", "x", 0) == 0
            time.sleep(0.05)
        # The other event loops have been told; what they store is stored when it is their turn to answer.
        others = [client(f"{name}o{number}", to=broker) for number in range(2 * shards)]
        fence(*others)
        for number, other in enumerate(others):
            assert other.publish(name, f"o{number}", 1) == 0
        assert broker.stop(signal.SIGKILL) == -signal.SIGKILL
    except BaseException:
        broker.stop(signal.SIGKILL)
        raise
    again = Martlet(data=os.path.join(tmp_path, "data"))
    try:
        for number in range(4):
            reader = client(f"{name}{number}", to=again, version=5, clean=False, expiry=3600)
            assert reader.session_present
            assert reader.payloads(1 + 2 * shards) == ["kept", *(f"o{number}" for number in range(2 * shards))]
    finally:
        again.stop()
