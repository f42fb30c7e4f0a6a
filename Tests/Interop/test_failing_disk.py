"""A disk that can be read, but not written any more, and works again later."""
import os
import pathlib
import subprocess

import pytest

from broker import Martlet
from client import fence


class Failing(Martlet):
    """A broker whose disk fails while there is a file of a certain name."""

    def __init__(self, folder):
        self.shim, self.sign = folder / "failing_disk.so", folder / "fails"
        source = pathlib.Path(__file__).with_name("failing_disk.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.shim, source, "-ldl"], check=True)
        super().__init__(data=os.path.join(folder, "data"), flags=("--shards", "2"))

    def command(self):
        return ["env", f"LD_PRELOAD={self.shim}", f"FAILING_DISK={self.sign}", f"FAILING_DISK_DATA={self.data}", *super().command()]


@pytest.fixture
def failing(tmp_path):
    broker = Failing(tmp_path)
    yield broker
    broker.sign.unlink(missing_ok=True)
    broker.stop()


def test_a_failing_disk(client, failing, name):
    """Publishers are told 0x83 or held, everybody else goes on, and it recovers when the disk does."""
    before = len(failing.log)
    reader = client(f"{name}r", to=failing, version=5, clean=False, expiry=3600)
    reader.subscribe(f"{name}/stored/#", 1)
    reader.drop()
    live = client(f"{name}l", to=failing)
    live.subscribe(f"{name}/live/#", 1)
    first, writer = client(f"{name}f", to=failing), client(f"{name}w", to=failing)
    old = client(f"{name}o", to=failing, version=4)
    assert first.publish(f"{name}/stored/5", "before", 1) == 0

    failing.sign.touch()
    # The message that finds it out was taken: its answer comes when it is stored.
    finder = first.send(f"{name}/stored/5", "finds it out", 1)
    failing.wait_for_log("the disk does not work: look at the system's log", before)
    fence(live, first, writer, old)
    assert writer.publish(f"{name}/stored/5", "refused", 1) == 0x83
    waiting = old.send(f"{name}/stored/3", "held", 1)
    for qos in (0, 1):
        assert writer.publish(f"{name}/live/{qos}", f"live{qos}", qos) == 0
        assert live.payloads(1) == [f"live{qos}"]
    client(f"{name}n", to=failing, expected=0x88, clean=False, expiry=3600)
    assert not first.is_acknowledged(finder, 0.1) and not old.is_acknowledged(waiting, 0.1)

    failing.sign.unlink()
    assert first.wait_for(finder, "what found it out").value == 0
    assert old.wait_for(waiting, "what was held").value == 0
    failing.wait_for_log("the store works again", before)
    fence(live, first, writer, old)
    assert writer.publish(f"{name}/stored/5", "after", 1) == 0
    reader = client(f"{name}r", to=failing, version=5, clean=False, expiry=3600)
    assert reader.session_present
    got = [(message.topic[-1], message.payload.decode()) for message in (reader.message() for _ in range(4))]
    assert [payload for topic, payload in got if topic == "5"] == ["before", "finds it out", "after"]
    assert [payload for topic, payload in got if topic == "3"] == ["held"] and reader.arrived() == []
