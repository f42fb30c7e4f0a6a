#!/usr/bin/env python3
"""This client beside libmosquitto and paho-mqtt: messages a second and CPU a message, and how long a command takes to start.

    python3 scripts/client-bench.py [--messages 100000] [--rounds 3]

MARTLET names the program under test, the release build unless it says otherwise. Each program sends to, or reads from, a
Mosquitto of its own, one after the other; medians of the rounds. Needs mosquitto, its clients, and paho-mqtt in the Python
that runs it (make interop has one: .build-interop/venv/bin/python).
"""
import argparse
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Interop"))
os.environ.setdefault("MARTLET", os.path.join(ROOT, ".build", "release", "martlet"))

import broker as brokers  # noqa: E402

PAHO = """
import sys, paho.mqtt.client as paho
host, port, qos, count, what = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
client = paho.Client(paho.CallbackAPIVersion.VERSION2)
client.max_inflight_messages_set(20)
done = 0
def one(*_):
    global done
    done += 1
    if done == count:
        client.disconnect()
def start(*_):
    if what == "sub":
        client.subscribe("bench", qos)
    else:
        for number in range(count):
            client.publish("bench", b"0123456789abcde", qos)
client.on_connect = start
def show(_client, _data, message):
    sys.stdout.buffer.write(message.payload + b"\\n")
    if message.retain:
        sys.stdout.flush()
    one()
if what == "sub":
    count += 1
    client.on_message = show
else:
    client.on_publish = one
client.connect(host, port)
client.loop_forever()
"""


class Plain(brokers.Mosquitto):
    """A Mosquitto that holds nothing back."""

    def command(self):
        made = super().command()
        with open(made[-1], "a", encoding="utf-8") as file:
            file.write("max_queued_messages 0\nmax_inflight_messages 0\n")
        return made


def started():
    """A Mosquitto; another try where something else has taken the port meanwhile."""
    for _ in range(10):
        try:
            return Plain()
        except AssertionError as error:
            failure = error
    raise failure


def fitting(name, count, what):
    """Each of paho's acknowledgements walks through all messages that wait: it gets fewer of them."""
    return min(count, 20_000) if name == "paho-mqtt" and what == "pub" else count


def commands(tcp, qos, count, what):
    place = ["-h", tcp.host, "-p", str(tcp.port), "-t", "bench", "-q", str(qos)]
    rest = ["-l", "-M", "20"] if what == "pub" else ["-C", str(count + 1)]
    return {
        "Martlet": [*shlex.split(os.environ["MARTLET"]), what, *place, *rest],
        "libmosquitto": [f"mosquitto_{what}", *place, *rest],
        "paho-mqtt": [
            sys.executable, "-c", PAHO, tcp.host, str(tcp.port), str(qos), str(fitting("paho-mqtt", count, what)), what],
    }


def measure(command, lines, feed=None):
    """Seconds of the clock and of the CPU. With `feed` the time begins when the program is ready."""
    begin = time.perf_counter()
    with tempfile.NamedTemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=open(lines, "rb") if lines else subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
        if feed:
            while not os.path.getsize(output.name):
                time.sleep(0.01)  # Until the retained message has come.
            begin = time.perf_counter()
            feed()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0, f"{command} ended with {process.returncode}"
    return time.perf_counter() - begin, used.ru_utime + used.ru_stime


def exchange(what, qos, count, lines):
    running = started()
    try:
        tcp = running.addresses["tcp"]
        found = {}
        for name, command in commands(tcp, qos, count, what).items():
            feed = None
            if what == "sub":
                def feed():
                    with open(lines, "rb") as file:
                        subprocess.run([*place, "-l", "-M", "100"], stdin=file, check=True)
                place = ["mosquitto_pub", "-h", tcp.host, "-p", str(tcp.port), "-t", "bench", "-q", str(qos)]
                subprocess.run([*place, "-r", "-m", "ready"], check=True)
            seconds, cpu = measure(command, lines if what == "pub" else None, feed)
            done = fitting(name, count, what)
            found[name] = (done / seconds, cpu / done * 1e6)
        return found
    finally:
        running.stop()


def start_up(rounds):
    running = started()
    try:
        tcp = running.addresses["tcp"]
        place = ["-h", tcp.host, "-p", str(tcp.port), "-t", "bench", "-m", "x"]
        found = {}
        for name, program in (("martlet pub", [*shlex.split(os.environ["MARTLET"]), "pub"]), ("mosquitto_pub", ["mosquitto_pub"])):
            runs = [measure([*program, *place], None) for _ in range(rounds * 10)]
            found[name] = tuple(statistics.median(one) * 1000 for one in zip(*runs))
        return found
    finally:
        running.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.NamedTemporaryFile("w", delete=False) as file:
        file.write("0123456789abcde\n" * options.messages)
    print("| | QoS | Martlet, a second | libmosquitto | paho-mqtt | Martlet, µs CPU | libmosquitto | paho-mqtt |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for what in ("pub", "sub"):
        for qos in (0, 1, 2):
            runs = [exchange(what, qos, options.messages, file.name) for _ in range(options.rounds)]
            medians = {name: [statistics.median(run[name][part] for run in runs) for part in (0, 1)] for name in runs[0]}
            print(f"| {'publish' if what == 'pub' else 'receive'} | {qos} | "
                  + " | ".join(f"{one[0]:,.0f}" for one in medians.values()) + " | "
                  + " | ".join(f"{one[1]:.1f}" for one in medians.values()) + " |", flush=True)
    for name, (clock, cpu) in start_up(options.rounds).items():
        print(f"{name}: {clock:.1f} ms, {cpu:.1f} ms of CPU, from start to end with one message")
    os.unlink(file.name)


main()
