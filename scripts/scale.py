#!/usr/bin/env python3
"""How the release build behaves where there is much: scripts/scale.py [PART...]

Parts: connections, memory, subscriptions, retained, queue, overload, storm, storm-of-people. Each prints a table; a part that finds a bound
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
import threading
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


# What things take in memory.

def memory():
    rows, window = [], 500

    def flood(broker, topics, count):
        """Messages of 64 bytes at QoS 1 to these topics by turns."""
        publisher = Client(broker.port, "publisher")
        for start in range(0, count, window):
            publisher.send(b"".join(
                publish(topics[n % len(topics)], b"x" * 64, 1, n % 60_000 + 1) for n in range(start, start + window)))
            publisher.wait_for(4, window)

    def subscriber(broker, name, topic):
        client = Client(broker.port, name, clean=False)
        client.send(subscribe([topic], 1))
        client.wait_for(9)
        return client

    def row(what, count, before, broker):
        rows.append([what, f"{count:,}", f"{(broker.memory() - before) / count:,.0f}"])

    with Broker(MEMORY) as broker:
        before, count = broker.memory(), 50_000
        for number in range(count):
            Client(broker.port, f"device-{number:06}", clean=False).close()
        row("a session whose client is away", count, before, broker)
    with Broker(MEMORY) as broker:
        subscriber(broker, "sleeper", "house/value").close()
        before, count = broker.memory(), 500_000
        flood(broker, ["house/value"], count)
        row("a queued message of 64 bytes that nobody else has", count, before, broker)
    with Broker(MEMORY) as broker:
        for number in range(1_000):
            subscriber(broker, f"sleeper-{number}", "house/value").close()
        before, count = broker.memory(), 500
        flood(broker, ["house/value"], count)
        row("one that many queues have, in each of them", count * 1_000, before, broker)
    with Broker(MEMORY, LIMITS_IN_FLIGHT="50000") as broker:
        readers = [subscriber(broker, f"reader-{n}", f"house/{n}") for n in range(10)]
        before, count = broker.memory(), 500_000
        for reader in readers:
            reader.socket.setblocking(False)
        flooded = threading.Thread(target=flood, args=(broker, [f"house/{n}" for n in range(10)], count))
        flooded.start()
        while flooded.is_alive():
            for reader in readers:
                drain(reader.socket, 1 << 18)
            time.sleep(0.001)
        row("a message in flight, not acknowledged", count, before, broker)
    table("What things take in memory", ["what", "how many", "resident bytes each"], rows)


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
    rows, bound, outgoing = [], 64 * 1024 * 1024, 1024 * 1024
    for qos, payload in ((0, 1024), (1, 1024), (1, 16)):
        with Broker(MEMORY, LIMITS_STORED_BYTES="64MiB") as broker:
            idle = broker.memory()
            slow = [Client(broker.port, f"slow-{n}") for n in range(10)]
            for number, client in enumerate(slow):
                client.send(subscribe([f"flood/{number}"], qos))
                client.wait_for(9)
            fast = [Client(broker.port, f"fast-{n}") for n in range(10)]
            data = [publish(f"flood/{n}", b"x" * payload, qos, 1) * (65_536 // payload) for n in range(10)]
            # What is left of a piece that was sent in part, so that packets stay whole.
            rest = list(data)
            others, begun, most, sent = watch(broker, 8), time.monotonic(), 0, 0
            for client in fast + slow:
                client.socket.setblocking(False)
            while time.monotonic() - begun < 8:
                for number, client in enumerate(fast):
                    try:
                        count = client.socket.send(rest[number])
                        sent, rest[number] = sent + count, rest[number][count:] or data[number]
                    except BlockingIOError:
                        pass
                    drain(client.socket, 1 << 16)
                for client in slow:
                    drain(client.socket, 10_000)
                most = max(most, broker.memory())
                time.sleep(0.01)
            answer = result(others)
            rows.append([str(qos), f"{payload:,}", f"{sent / 8 / 1e6:,.1f}", f"{(most - idle) / 1e6:,.0f}", *latency(answer)])
            # Messages within their bound, and what waits for each slow client twice: as it is gathered, and as it is written.
            allowed = (bound if qos else 0) + len(slow) * 4 * outgoing
            must(most - idle < allowed, f"memory grows under overload at QoS {qos}, {payload} bytes")
            must(answer["latency_us"]["p99"] < 100_000, f"overload stalls others at QoS {qos}, {payload} bytes")
    table("Ten publishers as fast as they can, ten subscribers at 1 MB a second each, limits.stored_bytes 64 MiB",
          ["QoS", "payload", "MB a second taken from publishers", "resident MB more than idle, at most", *LATENCY], rows)


def drain(connection, most):
    try:
        connection.recv(most)
    except BlockingIOError:
        pass


# Everybody at once.

def storm():
    """Clients with long generated secrets, each with a user of its own (`martlet passwd --machine`)."""
    storms(10_000, 10_000, 1_000, 120)


def storm_of_people():
    """The same with the hash for passwords that people choose: it takes as long as the hashes do, half an hour."""
    storms(10_000, 10_000, 210_000, 3_600, turns=("first start",))


def storms(count, users, iterations, patience, turns=("first start", "after a restart")):
    directory, rows = tempfile.mkdtemp(prefix="scale-"), []
    passwords = password_file(directory, users, iterations)
    options = f"--allow-anonymous --password-file {passwords} --shards 1"
    for turn in turns:
        broker = Broker(options, directory)
        memory, before, others, begun = broker.memory(), broker.cpu(), watch(broker, 5), time.monotonic()
        connected, refused, closed, most = everybody(broker, count, users, patience)
        taken = time.monotonic() - begun
        rows.append([turn, f"{len(connected):,}", f"{refused:,}", f"{closed:,}", f"{taken:,.1f}", f"{broker.cpu() - before:,.1f}",
                     f"{(most - memory) / 1e6:,.0f}", *latency(result(others))])
        must(len(connected) == count, f"{count - len(connected)} clients have not come back")
        must(refused + closed == 0, f"{refused} clients were refused and {closed} cut off before they were let in")
        broker.stop()
        for client in connected:
            client.close()
    table(f"{count:,} clients with sessions connect at once, {users:,} users, passwords hashed {iterations:,} times",
          ["when", "connected", "refused meanwhile", "cut off meanwhile", "seconds", "seconds of CPU", "resident MB more", *LATENCY], rows)
    shutil.rmtree(directory)


def password_file(directory, users, iterations):
    """All have the same password and so the same hash, which the broker does not know: it verifies each for itself."""
    path = os.path.join(directory, "passwords")
    program = os.environ.get("MARTLET", os.path.join(ROOT, ".build/release/martlet"))
    subprocess.run([program, "passwd", "-b", "-I", str(iterations), path, "user", "secret"], check=True, capture_output=True)
    with open(path) as file:
        _, _, digest = file.read().strip().partition(":")
    with open(path, "w") as file:
        file.writelines(f"user-{number}:{digest}\n" for number in range(users))
    return path


def everybody(broker, count, users, patience):
    """All connect in one go; one that is refused or closed tries again after a while, as clients do."""
    selector, connected, waiting = selectors.DefaultSelector(), [], []
    refused = closed = most = 0
    end, look = time.monotonic() + patience, 0

    def open_one(number):
        client = socket.socket()
        client.setblocking(False)
        client.bind((f"127.0.0.{2 + number % 200}", 0))
        client.connect_ex(("127.0.0.1", broker.port))
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
                refused, closed = refused + (len(answer) == 4), closed + (len(answer) < 4)
                client.close()
                waiting.append((time.monotonic() + 1, number))
        while waiting and waiting[0][0] < time.monotonic():
            open_one(waiting.pop(0)[1])
        if time.monotonic() > look:
            most, look = max(most, broker.memory()), time.monotonic() + 0.1
    return connected, refused, closed, most


PARTS = {"connections": connections, "memory": memory, "subscriptions": subscriptions, "retained": retained, "queue": queue, "overload": overload,
         "storm": storm}
# Only when they are named.
LONG_PARTS = {"storm-of-people": storm_of_people}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART")
    options = parser.parse_args()
    known = {**PARTS, **LONG_PARTS}
    unknown = [part for part in options.parts if part not in known]
    if unknown:
        sys.exit(f"scale: no part named {', '.join(unknown)}; there are {', '.join(known)}")
    os.sched_setaffinity(0, {1})
    for part in options.parts or PARTS:
        known[part]()
    for failure in failures:
        print(f"scale: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
