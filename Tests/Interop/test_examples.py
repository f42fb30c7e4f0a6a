"""The programs in Examples/, as their comments say to use them. EXAMPLES names the folder of the built ones."""
import os
import re
import subprocess
from types import SimpleNamespace

from broker import DEADLINE, Address, martlet
from terminal import TerminalProcess
from tools import publish, run


def test_embedded_broker():
    program = os.path.join(os.environ.get("EXAMPLES", ".build-examples/debug"), "EmbeddedBroker")
    example = TerminalProcess([program])
    try:
        found = example.wait_for(lambda line: re.search(r"listening on mqtt://([\d.]+):(\d+)", line))
        broker = SimpleNamespace(addresses={"tcp": Address("tcp", found[1], int(found[2]))})
        publish(broker, "-t", "elsewhere", "-q", 1, "-m", "not allowed, so it counts for nothing")
        publish(broker, "-t", "sensors/kitchen", "-q", 1, "-m", "17.5")
        example.wait_for(lambda line: line == "sensors/kitchen: 17.5 degrees, heating on" or None)
        assert run(broker, "mosquitto_sub", "-t", "heating/state", "-C", 1) == b"on\n"
        publish(broker, "-t", "sensors/kitchen", "-q", 1, "-m", "21")
        example.wait_for(lambda line: line == "sensors/kitchen: 21.0 degrees, heating off" or None)
    finally:
        example.kill()


def example(name, *arguments):
    return TerminalProcess([os.path.join(os.environ.get("EXAMPLES", ".build-examples/debug"), name), *arguments])


def url(broker):
    return f"mqtt://{broker.addresses['tcp'].host}:{broker.addresses['tcp'].port}"


def test_thermostat(broker, subscriber):
    watching = subscriber("-t", "home/hall/thermostat/#", "-q", 1)
    thermostat = example("Thermostat", url(broker))
    try:
        assert watching.payloads(1) == ["online"]
        run(broker, "mosquitto_pub", "-t", "home/hall/thermostat/target", "-m", "21", "-q", 1, "-r")
        run(broker, "mosquitto_pub", "-t", "home/hall/temperature", "-m", "18.5", "-q", 1, "-r")
        assert set(watching.payloads(2)) == {"21", "on"}
    finally:
        thermostat.kill()
    assert watching.payloads(1) == ["offline"]
    for topic in ("thermostat/target", "thermostat/heating", "thermostat/status", "temperature"):
        publish(broker, "-t", f"home/hall/{topic}", "-n", "-r", "-q", 1)


def test_plant(broker, subscriber):
    watching = subscriber("-t", "plant/+/birth", "-t", "plant/+/death", "-q", 1)
    plant = example("Plant", url(broker))
    try:
        plant.wait_for(lambda line: line == "1000 of 1000 readings arrived" or None)
    finally:
        plant.kill()
    seen = [watching.message() for _ in range(40)]
    births, deaths = ({message["topic"].split("/")[1]: message["payload"] for message in seen if message["topic"].endswith(end)}
                      for end in ("birth", "death"))
    assert births == deaths and len(births) == 20


def test_patient_monitor(tmp_path):
    folder = tmp_path / "broker"
    for command in (["setup", folder, "--user", "anna", "--password", "secret"], ["cert", "client", "bed-7", "--directory", folder]):
        subprocess.run(martlet(*command), check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=DEADLINE)
    with open(folder / "acl.txt", "a", encoding="utf-8") as rules:
        rules.write("user bed-7\ntopic ward/#\n")
    serving = TerminalProcess(martlet("serve", "--config", folder / "martlet.yaml", "--listen", "mqtts://127.0.0.1:0"))
    try:
        port = serving.wait_for(lambda line: re.search(r"listening on \S*:(\d+)", line))[1]
        monitor = example("PatientMonitor", f"mqtts://localhost:{port}", str(folder), "bed-7")
        try:
            monitor.wait_for(lambda line: re.match("alarm handed over: 0x(00|10)", line))
        finally:
            monitor.kill()
    finally:
        serving.kill()
