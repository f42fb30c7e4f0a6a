#!/usr/bin/env python3
"""This client beside libmosquitto and paho-mqtt: messages a second and CPU a message, and how long a command takes to start.

    python3 scripts/client-bench.py [--messages 20000] [--rounds 3]

MARTLET names the program under test, the release build unless it says otherwise. Each program sends to, or reads from, a
Mosquitto of its own, one after the other; medians of the rounds. Needs mosquitto, its clients, and paho-mqtt in the Python
that runs it (make interop has one: .build-interop/venv/bin/python).
"""
import argparse
import os
import resource
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
client.on_subscribe = lambda *_: print("ready", flush=True)
if what == "sub":
    client.on_message = one
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


def commands(tcp, qos, count, what):
    place = ["-h", tcp.host, "-p", str(tcp.port), "-t", "bench", "-q", str(qos)]
    rest = ["-l", "-M", "20"] if what == "pub" else ["-C", str(count), "-d", "-F", "%l"]
    return {
        "Martlet": [*shlex.split(os.environ["MARTLET"]), what, *place, *rest],
        "libmosquitto": [f"mosquitto_{what}", *place, *rest],
        "paho-mqtt": [sys.executable, "-c", PAHO, tcp.host, str(tcp.port), str(qos), str(count), what],
    }


def measure(command, lines, feed=None):
    """Seconds of the clock and of the CPU. With `feed` the time begins when the program is ready."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    with tempfile.NamedTemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=open(lines, "rb") if lines else subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
        if feed:
            while not any(word in open(output.name, "rb").read(2_000) for word in (b"Subscribed (", b"ready")):
                time.sleep(0.01)  # Nothing else announces it.
            begin = time.perf_counter()
            feed()
        process.wait()
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def exchange(what, qos, count, lines):
    running = Plain()
    try:
        tcp = running.addresses["tcp"]
        found = {}
        for name, command in commands(tcp, qos, count, what).items():
            feed = None
            own = 0.0
            if what == "sub":
                def feed():
                    with open(lines, "rb") as file:
                        subprocess.run(
                            ["mosquitto_pub", "-h", tcp.host, "-p", str(tcp.port), "-t", "bench", "-q", str(qos), "-l", "-M", "100"],
                            stdin=file, check=True)
                before = resource.getrusage(resource.RUSAGE_CHILDREN)
                feed_time = before.ru_utime + before.ru_stime
                feed()  # What the feeding itself costs, with nobody there.
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                own = after.ru_utime + after.ru_stime - feed_time
            seconds, cpu = measure(command, lines if what == "pub" else None, feed)
            found[name] = (count / seconds, max(0.0, cpu - own) / count * 1e6)
        return found
    finally:
        running.stop()


def start_up(rounds):
    running = Plain()
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
    parser.add_argument("--messages", type=int, default=20_000)
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
