#!/usr/bin/env python3
"""How the release build behaves where there is much: scripts/scale.py [PART...]

Parts: connections, subscriptions, retained, queue, overload, storm. Each prints a table; a part that finds a bound
broken fails. Broker on CPU 0, everything else on CPU 1. MQTTLOAD names the load generator, whose latency is that of a
pair of clients that have nothing to do with what else goes on.
"""
import argparse
import json
import os
import re
import selectors
import shutil
import socket
import subprocess
import sys
import tempfile
import time

from scale_client import ROOT, Broker, Client, connect, publish, subscribe

MQTTLOAD = os.environ.get("MQTTLOAD", os.path.join(ROOT, "../shared/bench/mqttload"))
MEMORY = "--allow-anonymous --durability memory --shards 1"
failures = []


def table(title, head, rows):
    print(f"\n**{title}**\n\n| {' | '.join(head)} |\n|{'---:|' * len(head)}")
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


def must(is_true, what):
    if not is_true:
        failures.append(what)


def load(broker, arguments):
    command = [MQTTLOAD, "--port", str(broker.port), "--pid", str(broker.process.pid), "--cpu", "1", "--json", "--quiet"]
    return subprocess.Popen(command + arguments.split(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def result(process):
    out, error = process.communicate(timeout=120)
    answer = json.loads(out)
    must(answer["status"] == 0, f"mqttload: {answer['result']} {error.strip()[-200:]}")
    return answer


def watch(broker, seconds):
    """A pair of clients at 1,000 messages a second."""
    return load(broker, f"--scenario p2p --pubs 1 --subs 1 --qos 0 --rate 1000 --warmup 0.2 --seconds {seconds}")


def latency(answer):
    return [f"{answer['latency_us'][key] / 1000:,.2f}" for key in ("p50", "p99", "max")]


LATENCY = ["p50, ms", "p99, ms", "worst, ms"]


# How many clients.

def connections():
    rows = []
    for count in (1_000, 5_000, 10_000, 19_000):
        with Broker(MEMORY) as broker:
            before = broker.cpu()
            answer = result(load(broker, f"--scenario idle --conns {count} --seconds 1"))
            # A client comes and goes in this time.
            cpu = broker.settled_cpu() - before
            rows.append([f"{count:,}", f"{cpu / count * 1e6:,.1f}",
                         f"{answer['broker']['rss_bytes_per_connection']:,.0f}"])
    table("Connections, from addresses 127.0.0.x", ["connections", "µs of CPU each, coming and going", "resident bytes each"], rows)


# How many subscriptions.

def filters(numbers):
    """Nine in ten exact, one in ten with wildcards; topic `house/N/room/value` matches the one with N."""
    return [f"house/{n}/+/value" if n % 10 == 0 else f"house/{n}/room/value" for n in numbers]


def subscriptions():
    rows, per_client, probes = [], 50_000, 40_000
    for count in (1_000, 10_000, 100_000, 1_000_000):
        with Broker(MEMORY) as broker:
            clients, memory, cpu = [], broker.memory(), broker.cpu()
            for start in range(0, count, per_client):
                client = Client(broker.port, f"subscriber-{start}")
                numbers = range(start, min(start + per_client, count))
                for first in range(0, len(numbers), 500):
                    client.send(subscribe(filters(numbers[first:first + 500])))
                    client.wait_for(9)
                clients.append(client)
            cpu = broker.settled_cpu() - cpu
            memory = broker.memory() - memory
            publisher = Client(broker.port, "publisher")
            times = []
            for turn in range(2):
                # Not seen before in the first turn; in the second all have their route.
                numbers = [n * (count // 1_000) % count for n in range(1_000)] if count < probes else range(0, count, count // probes)
                topics = [f"house/{n}/room/value" for n in numbers]
                data = b"".join(publish(topic, b"x" * 64) for topic in topics)
                before, repeats = broker.settled_cpu(), 1 if turn == 0 else 1_000_000 // len(topics)
                for _ in range(repeats):
                    publisher.send(data)
                    wait_for_all(clients, len(topics))
                times.append((broker.settled_cpu() - before) / len(topics) / repeats * 1e6)
            rows.append([f"{count:,}", f"{cpu / count * 1e6:,.2f}", f"{memory / count:,.0f}",
                         f"{times[0]:,.2f}" if len(topics) > 10_000 else "too few to tell", f"{times[1]:,.2f}"])
    table("Subscriptions, one in ten with a wildcard; up to 40,000 topics are published to, each for one of them",
          ["subscriptions", "µs of CPU to make one", "resident bytes each", "µs to find a topic's for the first time, and deliver",
           "µs to deliver again"], rows)


def wait_for_all(clients, count):
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
    while count > 0:
        ready = selector.select(60)
        if not ready:
            sys.exit(f"scale: {count} messages have not come")
        for key, _ in ready:
            count -= sum(first >> 4 == 3 for first, _ in key.data.receive())
    selector.close()


# How many retained messages.

def retained():
    count = 1_000_000
    with Broker(MEMORY) as broker:
        publisher, memory, cpu = Client(broker.port, "publisher"), broker.memory(), broker.cpu()
        for start in range(0, count, 10_000):
            publisher.send(b"".join(
                publish(f"house/{n % 1000}/{n // 1000}/value", b"x" * 64, retain=True) for n in range(start, start + 10_000)))
        publisher.send(publish("done", b"", 1))
        publisher.wait_for(4)
        cpu, memory = broker.settled_cpu() - cpu, broker.memory() - memory
        table("A million retained messages of 64 bytes", ["µs of CPU to keep one", "resident bytes each"],
              [[f"{cpu / count * 1e6:,.2f}", f"{memory / count:,.0f}"]])
        rows = [["nothing else", "", *latency(result(watch(broker, 5)))]]
        reader, others = Client(broker.port, "reader"), watch(broker, 8)
        time.sleep(1)
        begun = time.monotonic()
        reader.send(subscribe(["house/#"]))
        wait_for_all([reader], count)
        rows.append(["somebody subscribes to all of them", f"{time.monotonic() - begun:,.1f}", *latency(busy := result(others))])
        must(busy["latency_us"]["p99"] < 100_000, "a large subscription stalls others")
    table("Latency of others, meanwhile", ["what happens", "seconds that it takes", *LATENCY], rows)


# How many queued messages.

def queue():
    rows = []
    for durability in ("memory", "synced"):
        with Broker(f"--allow-anonymous --shards 1 --durability {durability}") as broker:
            sleeper = Client(broker.port, "sleeper", clean=False)
            sleeper.send(subscribe(["house/#"], 1))
            sleeper.wait_for(9)
            sleeper.close()
            publisher, count, window = Client(broker.port, "publisher"), 100_000, 500
            for start in range(0, count, window):
                publisher.send(b"".join(publish("house/value", b"x" * 64, 1, n % 60_000 + 1) for n in range(start, start + window)))
                publisher.wait_for(4, window)
            quiet, others = result(watch(broker, 4)), watch(broker, 6)
            time.sleep(1)
            begun, left = time.monotonic(), count
            sleeper = Client(broker.port, "sleeper", clean=False)
            while left > 0:
                answers = [b"\x40\x02" + body[13:15] for first, body in sleeper.receive() if first >> 4 == 3]
                left -= len(answers)
                sleeper.send(b"".join(answers))
            taken = time.monotonic() - begun
            must(left == 0, f"{-left} messages came twice ({durability})")
            busy = result(others)
            must(busy["latency_us"]["p99"] < 100_000, f"a long queue stalls others ({durability})")
            rows.append([durability, "nothing else", "", *latency(quiet)])
            rows.append([durability, "a client comes back to 100,000 messages", f"{taken:,.1f}", *latency(busy)])
    table("Latency of others while a long queue is delivered", ["durability", "what happens", "seconds that it takes", *LATENCY], rows)


# More than there is room for.

def overload():
    """Ten publishers send as fast as they can to ten subscribers that take 1 MB a second each."""
    rows, bound = [], 64 * 1024 * 1024
    for qos in (0, 1):
        with Broker(MEMORY, LIMITS_STORED_BYTES="64MiB") as broker:
            idle = broker.memory()
            slow = [Client(broker.port, f"slow-{n}") for n in range(10)]
            for number, client in enumerate(slow):
                client.send(subscribe([f"flood/{number}"], qos))
                client.wait_for(9)
            fast = [Client(broker.port, f"fast-{n}") for n in range(10)]
            data = [publish(f"flood/{n}", b"x" * 1024, qos, 1) * 64 for n in range(10)]
            others, begun, most, sent = watch(broker, 8), time.monotonic(), 0, 0
            for client in fast + slow:
                client.socket.setblocking(False)
            while time.monotonic() - begun < 8:
                for number, client in enumerate(fast):
                    try:
                        sent += client.socket.send(data[number])
                    except BlockingIOError:
                        pass
                    drain(client.socket, 1 << 16)
                for client in slow:
                    drain(client.socket, 10_000)
                most = max(most, broker.memory())
                time.sleep(0.01)
            answer = result(others)
            rows.append([str(qos), f"{sent / 8 / 1e6:,.1f}", f"{(most - idle) / 1e6:,.0f}", *latency(answer)])
            # An allocator has its own ideas of what fits where.
            must(most - idle < 2 * bound, f"memory grows under overload at QoS {qos}")
            must(answer["latency_us"]["p99"] < 100_000, f"overload stalls others at QoS {qos}")
    table("Ten publishers as fast as they can, ten subscribers at 1 MB a second each, limits.stored_bytes 64 MiB",
          ["QoS", "MB a second taken from publishers", "resident MB more than idle, at most", *LATENCY], rows)


def drain(connection, most):
    try:
        connection.recv(most)
    except BlockingIOError:
        pass


# Everybody at once.

def storm():
    count, users = 10_000, 100
    directory = tempfile.mkdtemp(prefix="scale-")
    passwords = os.path.join(directory, "passwords")
    program = os.environ.get("MARTLET", os.path.join(ROOT, ".build/release/martlet"))
    for number in range(users):
        subprocess.run([program, "passwd", "-b", passwords, f"user-{number}", "secret"], check=True, capture_output=True)
    rows = []
    options = f"--password-file {passwords} --shards 1"
    for turn in ("first start", "after a restart"):
        broker = Broker(options, directory)
        before, begun = broker.cpu(), time.monotonic()
        connected = everybody(broker.port, count, users)
        taken = time.monotonic() - begun
        rows.append([turn, f"{len(connected):,}", f"{taken:,.1f}", f"{broker.cpu() - before:,.1f}"])
        must(len(connected) == count, f"{count - len(connected)} clients have not come back")
        broker.stop()
        for client in connected:
            client.close()
    table("10,000 clients with passwords and sessions connect at once", ["when", "connected", "seconds", "seconds of CPU"], rows)
    shutil.rmtree(directory)


def everybody(port, count, users):
    """All connect in one go; one that is refused or closed tries again after a while, as clients do."""
    selector, connected, waiting = selectors.DefaultSelector(), [], []
    end = time.monotonic() + 120

    def open_one(number):
        client = socket.socket()
        client.setblocking(False)
        client.bind((f"127.0.0.{2 + number % 200}", 0))
        client.connect_ex(("127.0.0.1", port))
        selector.register(client, selectors.EVENT_WRITE, number)

    for number in range(count):
        open_one(number)
    while len(connected) < count and time.monotonic() < end:
        for key, mask in selector.select(0.2):
            client, number = key.fileobj, key.data
            try:
                if mask & selectors.EVENT_WRITE:
                    client.send(connect(f"client-{number}", False, f"user-{number % users}", "secret"))
                    selector.modify(client, selectors.EVENT_READ, number)
                    continue
                answer = client.recv(4)
            except OSError:
                answer = b""
            selector.unregister(client)
            if len(answer) == 4 and answer[3] == 0:
                connected.append(client)
            else:
                client.close()
                waiting.append((time.monotonic() + 1, number))
        while waiting and waiting[0][0] < time.monotonic():
            open_one(waiting.pop(0)[1])
    return connected


PARTS = {"connections": connections, "subscriptions": subscriptions, "retained": retained, "queue": queue, "overload": overload,
         "storm": storm}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    options = parser.parse_args()
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        sys.exit(f"scale: no part named {', '.join(unknown)}; there are {', '.join(PARTS)}")
    os.sched_setaffinity(0, {1})
    for part in options.parts or PARTS:
        PARTS[part]()
    for failure in failures:
        print(f"scale: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
