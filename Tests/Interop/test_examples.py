"""The programs in Examples/, as their comments say to use them. EXAMPLES names the folder of the built ones."""
import os
import re
from types import SimpleNamespace

from broker import Address
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
