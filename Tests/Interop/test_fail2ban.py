"""The filter in contrib/fail2ban, on lines that the broker really writes."""
import configparser
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from broker import DEADLINE, start
from test_security import RULES, add_user

pytestmark = pytest.mark.skipif(os.environ.get("INTEROP_BROKER") == "mosquitto", reason="martlet's own log")
FILTER = pathlib.Path(__file__).parents[2] / "contrib/fail2ban/filter.d/martlet.conf"
# What somebody would like to be taken for a line about somebody else.
FORGED = 'x" notice client refused address=203.0.113.9:1 reason=0x86'


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fail2ban")
    add_user(folder / "passwords", "anna", "secret")
    (folder / "rules").write_text(RULES, encoding="utf-8")
    running = start(password_file=folder / "passwords", acl_file=folder / "rules")
    try:
        address = running.addresses["tcp"]

        def publish(*options):
            subprocess.run(
                ["mosquitto_pub", "-h", address.host, "-p", str(address.port), "-t", "house/x", "-m", "x", *options],
                capture_output=True, timeout=DEADLINE)

        publish("-u", "anna", "-P", "secret")
        publish("-u", "anna", "-P", "wrong")
        publish("-u", "eve", "-P", "wrong", "-V", "mqttv5")
        publish("-u", FORGED, "-P", "wrong", "-i", FORGED)
    finally:
        running.stop()
    with_reason = [line for line in running.log if "client refused" in line]
    assert len(with_reason) == 3, running.tail()
    assert any("203.0.113.9" in line for line in with_reason)
    file = folder / "martlet.log"
    # As if they had come from elsewhere, in both versions of IP.
    lines = [line.replace("address=127.0.0.1:", f"address={where}:") for line in running.log
             for where in ("192.0.2.1", "[2001:db8::1]")]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def test_expressions_match_who_failed_and_nobody_else(log):
    """Without fail2ban itself, whose <ADDR> is an address."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(FILTER, encoding="utf-8")
    found = []
    expressions = [line for line in parser["Definition"]["mdre-normal"].splitlines() if line.strip()]
    assert len(expressions) == 2
    for line in log.read_text(encoding="utf-8").splitlines():
        for expression in expressions:
            for name in ("_time", "_peer"):
                expression = expression.replace(f"%({name})s", parser["Definition"][name])
            expression = expression.replace("<ADDR>", r"(?P<address>[0-9a-f:.]+?)")
            if match := re.search(expression, line):
                found.append(match["address"])
    assert sorted(found) == ["192.0.2.1"] * 3 + ["2001:db8::1"] * 3


@pytest.mark.skipif(not shutil.which("fail2ban-regex"), reason="fail2ban is not installed")
@pytest.mark.parametrize("mode", ["normal", "aggressive"])
def test_fail2ban_itself_finds_them(log, mode):
    done = subprocess.run(
        ["fail2ban-regex", str(log), f"{FILTER}[mode={mode}]", "--print-all-matched"],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Failregex: 6 total", done.stdout), done.stdout
    addresses = subprocess.run(
        ["fail2ban-regex", "-o", "ip", str(log), f"{FILTER}[mode={mode}]"], capture_output=True, text=True, timeout=120)
    assert sorted(set(addresses.stdout.split())) == ["192.0.2.1", "2001:db8::1"], addresses.stdout
