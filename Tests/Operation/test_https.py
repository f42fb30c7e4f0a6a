"""The administration listener with TLS, by curl and by martlet ctl."""
import subprocess

import pytest

from conftest import DEADLINE, MARTLET


@pytest.fixture
def secure(start, tmp_path):
    subprocess.run([MARTLET, "setup", str(tmp_path / "broker"), "--user", "anna", "--password", "a long password",
                    "--name", "localhost"], check=True, capture_output=True, timeout=DEADLINE)
    folder = tmp_path / "broker"
    return start("--listen", "mqtt://127.0.0.1:0", "--admin", "https://0.0.0.0:0",
                 "--certificate", str(folder / "server.pem"), "--private-key", str(folder / "server.key")), folder


def test_https(secure):
    martlet, folder = secure
    url = martlet.url.replace("0.0.0.0", "localhost")
    assert url.startswith("https://")

    def curl(path, *options):
        done = subprocess.run(["curl", "-sS", "--cacert", str(folder / "ca.pem"), "-o", "/dev/null", "-w", "%{http_code}",
                               url + path, *options], capture_output=True, text=True, timeout=DEADLINE)
        return done.stdout if done.returncode == 0 else done.stderr

    assert curl("/health/live") == "200"
    # Not on a loopback address: numbers need a token too.
    assert curl("/metrics") == "401"
    token = martlet.token("read")
    assert curl("/metrics", "-H", f"Authorization: Bearer {token}") == "200"
    assert curl("/") == "200"
    assert "SSL" in curl("/health/live", "--tls-max", "1.1")
    strange = subprocess.run(["curl", "-sS", url + "/health/live"], capture_output=True, text=True, timeout=DEADLINE)
    assert strange.returncode == 60, "an authority that curl does not know"
    plain = subprocess.run(["curl", "-sS", url.replace("https", "http") + "/health/live"], capture_output=True,
                           timeout=DEADLINE)
    assert plain.returncode != 0
    done = subprocess.run([MARTLET, "ctl", "status", "--url", url, "--cafile", str(folder / "ca.pem")],
                          env={"MARTLET_CTL_TOKEN": token}, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0 and "connected" in done.stdout, done.stderr
