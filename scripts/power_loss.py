"""A disk that forgets, when the power fails, what was not synced: powerloss.c around the broker, and the cut."""
import os
import random
import shutil
import subprocess
import tempfile

SECTOR = 512


class PowerLoss:
    """Builds the shim, runs the broker in it, and afterwards leaves what a disk might hold."""

    def __init__(self, data, seed, lies=False):
        self.data, self.lies = data, lies
        self.random = random.Random(seed)
        self.folder = tempfile.mkdtemp(prefix="martlet-power-")
        self.shim = os.path.join(self.folder, "powerloss.so")
        self.shadow = os.path.join(self.folder, "shadow")
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "powerloss.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", self.shim, source, "-ldl"], check=True)
        # How much of what was not synced was lost, and how much was kept all the same.
        self.lost = self.kept = 0

    def environment(self):
        shutil.rmtree(self.shadow, ignore_errors=True)
        os.mkdir(self.shadow)
        more = {"LD_PRELOAD": self.shim, "POWERLOSS_DATA": self.data, "POWERLOSS_SHADOW": self.shadow}
        return {**os.environ, **more, **({"POWERLOSS_LIE": "1"} if self.lies else {})}

    def names(self, which):
        with open(os.path.join(self.shadow, which), encoding="utf-8") as file:
            return {name: number for number, name in (line.rstrip("\n").split(" ", 1) for line in file)}

    def cut(self):
        """The power fails: of what was not synced nothing, or any part, sector by sector, is there."""
        durable, live = self.names("names"), self.names("live")
        share = self.random.choice([0, 0, 0.1, 0.5, 0.9])
        written = {number: os.path.join(self.data, name) for name, number in live.items()}
        if share and self.random.random() < 0.5:
            # The directory happens to have been written.
            durable = live
        content = {name: self.mix(number, written.get(number), share) for name, number in durable.items()}
        for name in os.listdir(self.data):
            path = os.path.join(self.data, name)
            if os.path.isfile(path):
                os.unlink(path)
        for name, data in content.items():
            with open(os.open(os.path.join(self.data, name), os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
                file.write(data)

    def mix(self, number, path, share):
        with open(os.path.join(self.shadow, number), "rb") as file:
            synced = file.read()
        if path is None or not os.path.exists(path):
            return synced
        with open(path, "rb") as file:
            written = file.read()
        size = len(written) if self.random.random() < share else len(synced)
        result = bytearray(synced[:size].ljust(size, b"\0"))
        for start in range(0, len(written), SECTOR):
            sector = written[start : start + SECTOR]
            if sector == synced[start : start + SECTOR]:
                continue
            if start < size and self.random.random() < share:
                result[start : start + len(sector)] = sector
                self.kept += 1
            else:
                self.lost += 1
        return bytes(result[:size])

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)
