"""The Dockerfile, which needs an engine to be built: it is linted."""
import pathlib
import subprocess
import sys

from conftest import ROOT


def test_hadolint_has_nothing_against_it():
    hadolint = pathlib.Path(sys.executable).with_name("hadolint")
    done = subprocess.run(
        [hadolint, "--failure-threshold", "style", ROOT / "contrib/docker/Dockerfile"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stdout, done.stdout + done.stderr
