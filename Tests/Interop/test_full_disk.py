"""A file system that is really full: a small one of its own, mounted where only the broker sees it."""
import os
import shutil
import subprocess
import time

import pytest

from broker import DEADLINE, Martlet
from client import fence

MIB = 1 << 20
SIZE, BALLAST = 128 * MIB, 94 * MIB


def namespace():
    """The command that runs another where it may mount: without root as the root of a namespace of users."""
    command = ["unshare", "-m"] if os.getuid() == 0 else ["unshare", "-Urm"]
    done = subprocess.run([*command, "true"], capture_output=True, text=True)
    assert done.returncode == 0, f"this test needs {' '.join(command)}: {done.stderr}"
    return command


class Mounted(Martlet):
    """A broker on a file system of 128 MiB."""

    def __init__(self, folder, kind):
        self.mount, self.kind = os.path.join(folder, "mount"), kind
        os.mkdir(self.mount)
        if kind == "ext4":
            self.image = os.path.join(folder, "image")
            with open(self.image, "wb") as file:
                file.truncate(SIZE)
            subprocess.run(["mkfs.ext4", "-q", "-m", "0", self.image], check=True, capture_output=True)
        super().__init__(data=os.path.join(self.mount, "data"), flags=("--shards", "3"))

    def command(self):
        what = f"-o loop {self.image}" if self.kind == "ext4" else f"-t tmpfs -o size={SIZE} none"
        script = f'mount {what} {self.mount} && head -c {BALLAST} /dev/zero > {self.mount}/ballast && exec "$@"'
        return [*namespace(), "sh", "-c", script, "sh", *super().command()]

    def make_room(self):
        """Removes something else that was on the disk, seen through the broker's own mounts."""
        os.remove(f"/proc/{self.process.pid}/root{self.mount}/ballast")


@pytest.fixture(params=["tmpfs", "ext4"])
def mounted(request, tmp_path):
    if request.param == "ext4":
        if os.getuid() != 0 or not os.path.exists("/dev/loop0") or not shutil.which("mkfs.ext4"):
            pytest.skip("an ext4 image needs root, loop devices and mkfs.ext4; tmpfs was filled instead")
        probe = "dd if=/dev/zero of=$0/probe bs=1M count=8 2>&1 && mkfs.ext4 -q $0/probe && mount -o loop $0/probe /mnt"
        done = subprocess.run([*namespace(), "sh", "-c", probe, str(tmp_path)], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"an image cannot be mounted here ({done.stderr.strip()}); tmpfs was filled instead")
    broker = Mounted(str(tmp_path), request.param)
    yield broker
    broker.stop()


def answered(client, mid, broker, since):
    """Whether a message is acknowledged before the broker says that the disk is full."""
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        if client.is_acknowledged(mid, 0.1):
            return True
        if any("the disk is full" in line for line in broker.log[since:]):
            return False
    raise AssertionError("neither an answer nor a word about the disk:\n" + broker.tail())


def test_a_full_disk(client, mounted, name):
    """Publishers are told 0x97 or held, everybody else goes on, and it recovers when there is room."""
    before = len(mounted.log)
    reader = client(f"{name}r", to=mounted, version=5, clean=False, expiry=3600)
    reader.subscribe(f"{name}/stored/#", 1)
    reader.drop()
    live = client(f"{name}l", to=mounted)
    live.subscribe(f"{name}/live/#", 1)
    writer = client(f"{name}w", to=mounted)
    old = client(f"{name}o", to=mounted, version=4)
    filler = client(f"{name}f", to=mounted)
    promised = []
    while True:
        payload = f"{len(promised)}:" + "x" * 65_536
        last = filler.send(f"{name}/stored/5", payload, 1)
        promised.append(payload)
        if not answered(filler, last, mounted, before):
            break  # The message that filled the disk was taken, and is owed: its answer comes when it is stored.
        assert filler.wait_for(last, "a message").value == 0
        assert len(promised) < 2000, "125 MiB on a disk with 34"
    assert len(promised) > 50
    mounted.wait_for_log("the disk is full: make room on it", before)
    fence(live, filler, writer, old)

    # A 3.1.1 client cannot be told: it waits, and so does what it sends behind.
    waiting = old.send(f"{name}/stored/3", "held", 1)
    old.send(f"{name}/live/held", "held", 0)
    for qos in (0, 1):
        assert writer.publish(f"{name}/live/{qos}", f"live{qos}", qos) == 0
        assert live.payloads(1) == [f"live{qos}"]
    assert live.arrived() == [], "what a held publisher sends waits with it"
    assert writer.publish(f"{name}/stored/5", "refused", 1) == 0x97
    client(f"{name}n", to=mounted, expected=0x88, clean=False, expiry=3600)
    client(f"{name}m", to=mounted).subscribe(f"{name}/live/#", 0)

    mounted.make_room()
    assert filler.wait_for(last, "what filled the disk").value == 0
    assert old.wait_for(waiting, "what was held").value == 0
    assert live.payloads(1) == ["held"]
    mounted.wait_for_log("the store works again", before)
    fence(live, filler, writer, old)
    assert writer.publish(f"{name}/stored/5", "after", 1) == 0
    reader = client(f"{name}r", to=mounted, version=5, clean=False, expiry=3600)
    assert reader.session_present
    got = [(message.topic[-1], message.payload.decode()) for message in
           (reader.message() for _ in range(len(promised) + 2))]
    assert [payload for topic, payload in got if topic == "5"] == promised + ["after"]
    assert [payload for topic, payload in got if topic == "3"] == ["held"]
    assert reader.arrived() == []
