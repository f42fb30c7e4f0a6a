#!/usr/bin/env python3
"""Attacks the broker in every way that a stranger, or a user with little rights, could think of.

attack.py [--martlet PATH] [--seed N] [--only WORD]

All on loopback, bounded in number and time. Meanwhile an honest client connects and publishes, and must be answered
each time; the broker's memory must stay within a bound; and nothing may get in. Prints what was tried, and fails if
anything went wrong.
"""
import argparse
import os
import pathlib
import random
import resource
import shlex
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "Tests/Interop"))

from attack_broker import Honest, Target  # noqa: E402
from packets import connack_of, connect, field, packet, publish, read, subscribe  # noqa: E402

MEMORY = 400  # MiB, of a debug build.
SLOWEST = 10.0  # Seconds for the honest client's round, on a machine that has other things to do.
ATTACKS = []


def attack(title):
    def add(function):
        ATTACKS.append((title, function))
        return function
    return add


def is_closed(connection, wait=15):
    """Whether the broker ends it, whatever it says before."""
    connection.settimeout(wait)
    try:
        while connection.recv(65_536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def send_all(target, listener, source, texts):
    """Sends each on a connection of its own; every one must be ended."""
    for start in range(0, len(texts), 100):
        some = texts[start:start + 100]
        connections = [target.open(listener, f"{source}.{number + 1}") for number in range(len(some))]
        for connection, text in zip(connections, some):
            try:
                connection.sendall(text)
            except OSError:
                pass
        for connection, text in zip(connections, some):
            assert is_closed(connection), f"{text[:40]!r} from {connection.getsockname()} is not ended"
            connection.close()
    return len(texts)


@attack("plain bytes on a listener with TLS")
def plain_on_tls(target, dice):
    texts = [connect("x", "anna", "secret"), b"GET / HTTP/1.1\r\n\r\n", b"\0", b"\xff" * 5_000]
    return send_all(target, "tls", "127.0.20", texts + [dice.randbytes(dice.randrange(1, 2_000)) for _ in range(100)])


@attack("TLS that is garbage: records of any length, damaged hellos")
def garbage(target, dice):
    hello = b"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03" + dice.randbytes(32) + b"\x00\x00\x04\x13\x01\x13\x02\x01\x00"
    texts = [b"\x16\x03\x01\xff\xff" + dice.randbytes(66_000), b"\x16\x03\x03\x00\x00" * 1_000, b"\x15\x03\x03\x00\x02\x02\x28"]
    for _ in range(100):
        damaged = bytearray(hello)
        for _ in range(dice.randrange(1, 6)):
            damaged[dice.randrange(5, len(damaged))] = dice.randrange(256)
        texts.append(bytes(damaged))
    return send_all(target, "tls", "127.0.21", texts)


@attack("half handshakes by the thousand, held open")
def half_handshakes(target, dice):
    held = []
    try:
        for number in range(2_000):
            try:
                connection = target.open("tls", f"127.0.{30 + number % 8}.1")
                connection.sendall(b"\x16\x03\x01\x02\x00\x01")
                held.append(connection)
            except OSError:
                pass
    finally:
        for connection in held:
            connection.close()
    target.wait_for("the oldest are cut off")
    return len(held)


@attack("slow-loris CONNECT, a byte now and then")
def slow_loris(target, dice):
    held = [target.open("plain", f"127.0.40.{number % 200 + 1}") for number in range(200)]
    text = connect("slow", "anna", "secret")
    began = time.monotonic()
    for byte in text:
        for connection in held:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                pass
        time.sleep(0.5)
        if time.monotonic() - began > 8:
            break
    for connection in held:
        assert is_closed(connection), "a slow CONNECT is waited for"
        connection.close()
    return len(held)


@attack("headers that promise or bring too much")
def giant_headers(target, dice):
    texts = [b"\x10\xff\xff\xff\x7f", b"\x10\xff\xff\xff\xff\x01", b"\x10\xff\xff\x03" + b"x" * 65_540,
             packet(0x10, b"\0\4MQTT\5\xc2\0\0" + b"\xff\xff\xff\x7f"), packet(0x10, b"\xff\xff" + b"M" * 1_000),
             packet(0x10, b"\0\4MQTT\4\xc2\0\0\xff\xff" + b"x" * 100)]
    count = send_all(target, "plain", "127.0.50", texts)
    web = [b"GET /mqtt HTTP/1.1\r\n" + b"X: " + b"y" * 100_000, b"GET /" + b"a" * 70_000, (b"A: b\r\n" * 20_000),
           b"GET /mqtt HTTP/1.1\r\n" + b"".join(b"H%d: v\r\n" % number for number in range(5_000)) + b"\r\n"]
    return count + send_all(target, "web", "127.0.51", web)


@attack("password floods: guesses end in a ban, an old password does not")
def passwords(target, dice):
    codes = [target.code("plain", "127.0.60.1", f"g{number}", "anna", f"guess {number}") for number in range(40)]
    assert codes[0] in (4, 5) and codes[-1] is None, codes
    assert target.code("plain", "127.0.60.1", "g", "anna", "secret") is None, "a ban is none"
    target.wait_for("address banned address=127.0.60.1:")
    again = [target.code("plain", "127.0.61.1", "old", "anna", "yesterday's") for _ in range(25)]
    assert all(code in (4, 5) for code in again), again
    assert target.code("plain", "127.0.61.1", "old", "anna", "secret") == 0, "an old password brought a ban"
    return len(codes) + len(again)


@attack("connections by the thousand from one address")
def connection_flood(target, dice):
    refused = 0
    for _ in range(3_000):
        try:
            with target.open("plain", "127.0.62.1") as connection:
                connection.setblocking(False)
                try:
                    refused += connection.recv(1) == b""
                except BlockingIOError:
                    pass
        except OSError:
            refused += 1
    target.wait_for("turned away address=127.0.62.1:")
    return 3_000


def user(target, name, client, source):
    connection = target.open("plain", source)
    connection.sendall(connect(client, name, "secret"))
    assert connack_of(connection) == 0
    return connection


@attack("wildcards, $-topics and shared subscriptions that would escape a rule")
def escapes(target, dice):
    connection = user(target, "eve", "eve", "127.0.63.1")
    filters = ["#", "+/x", "+", "anna/#", "eve/../anna", "$SYS/#", "$share/g/#", "$share/g/anna/#", "$share/eve/+", "eve", "/eve/#",
               "own/anna/#", "own/+/#", "own/#", "device/#", "device/+/#", "EVE/#", "weather/../#", "\u0435ve/#", "eve\u200b/#", "+/#"]
    for text in filters:
        connection.sendall(subscribe(text))
        answer = read(connection, 5)
        allowed = text in ("eve/../anna", "eve")
        assert (answer[4] != 0x80) == allowed, f"{text}: {answer}"
    topics = ["anna/x", "$SYS/broker/uptime", "own/anna/x", "device/other/x", "weather/x", "\u0435ve/x"]
    watch = user(target, "anna", "watch", "127.0.63.2")
    watch.sendall(subscribe("#"))
    read(watch, 5)
    for text in topics:
        connection.sendall(publish(text, b"no", 1))
        assert read(connection, 4) == b"\x40\x02\x00\x01"
    connection.sendall(publish("eve/x", b"yes"))
    seen = b""
    while b"eve/x" not in seen:
        seen = read(watch, read(watch, 2)[1])
        assert b"eve/x" in seen or b"honest" in seen, f"{seen} came through"
    return len(filters) + len(topics)


@attack("user names and client identifiers that hold wildcards")
def pattern_names(target, dice):
    tried = 0
    for name, client in (("+", "a"), ("x/#", "b"), ("a/b", "c"), ("eve", "+"), ("eve", "#"), ("eve", "a/b"), ("eve", "$SYS")):
        connection = user(target, name, client, "127.0.64.1")
        for text in ("own/anna/#", "own/+/x", "own/#", "device/honest/#", "device/+/x", "device/#", "$SYS/#", f"own/{name}/#"):
            if name == "eve" and text == "own/eve/#":
                continue
            connection.sendall(subscribe(text))
            answer = read(connection, 5)
            assert answer[4] == 0x80, f"{name} {client} {text}: {answer}"
            tried += 1
        connection.close()
    return tried


@attack("look-alikes of users in Unicode")
def look_alikes(target, dice):
    names = ["\u0430nna", "anna\u200b", "Anna", "ANNA", "anna ", " anna", "a\u0301nna", "jose\u0301", "\uff41nna", "anna\u00ad"]
    for name in names:
        assert target.code("plain", f"127.0.65.{names.index(name) + 1}", "x", name, "secret") != 0, name
    assert target.code("plain", "127.0.65.99", "x", "jos\u00e9", "secret") == 0
    assert target.code("plain", "127.0.65.98", "x", b"ann\xc0\xa1", "secret") is None
    assert target.code("plain", "127.0.65.97", "x", b"anna\0", "secret") is None
    return len(names) + 2


@attack("certificates: none, expired, revoked, without a name, of another authority, self-made")
def certificates(target, dice):
    issue = target.authority.issue
    revoked = issue("revoked")
    target.authority.revoke(revoked[0])
    since = len(target.log)
    target.authority.write_list(target.folder / "list.crl")
    with target.changed:
        assert target.changed.wait_for(lambda: any("files reloaded" in line for line in target.log[since:]), 30)
    wrong = {"none": None, "expired": issue("expired", end="20210101000000Z"), "early": issue("early", start="20390101000000Z"),
             "revoked": revoked, "nameless": issue("nameless", subject="/O=nobody"), "foreign": target.other.issue("anna"),
             "self-made": (target.other.certificate, target.other.file("other.key")), "server": issue("server", usage="serverAuth")}
    for name, certificate in wrong.items():
        try:
            with target.secure("127.0.66.1", "certificates", certificate) as connection:
                connection.sendall(connect("x"))
                raise AssertionError(f"{name}: {connack_of(connection)}")
        except (OSError, ConnectionError):
            pass
    with target.secure("127.0.66.1", "certificates", issue("right")) as connection:
        connection.sendall(connect("x"))
        assert connack_of(connection) == 0
    return len(wrong)


@attack("another user's client identifier")
def identifiers(target, dice):
    for source in range(1, 6):
        assert target.code("plain", f"127.0.67.{source}", "standing", "eve", "secret") not in (0, None)
    return 5


@attack("a flood of messages beyond the rate")
def message_flood(target, dice):
    with user(target, "eve", "flood", "127.0.68.1") as connection:
        connection.settimeout(0.5)
        text = publish("eve/flood", b"x" * 100) * 100
        sent = 0
        began = time.monotonic()
        while time.monotonic() - began < 4:
            try:
                sent += connection.send(text)
            except TimeoutError:
                pass
    target.wait_for("client publishes faster than it may address=127.0.68.1:")
    return sent // (len(text) // 100)


@attack("a client identifier that comes and goes")
def flapping(target, dice):
    codes = [target.code("plain", "127.0.69.1", "flap", "eve", "secret") for _ in range(60)]
    assert codes[0] == 0 and codes[-1] not in (0, None), codes
    return len(codes)


@attack("forged headers of proxies")
def proxies(target, dice):
    header = b"PROXY TCP4 127.0.0.1 127.0.0.1 1 2\r\n"
    count = send_all(target, "proxied", "127.0.70", [header + connect("x", "anna", "secret")] * 5)
    wrong = [b"PROXY TCP4 1.2.3.4\r\n", b"PROXY " + b"x" * 200, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff", connect("x", "anna", "secret"),
             *(dice.randbytes(50) for _ in range(50))]
    return count + send_all(target, "proxied", "127.0.9", wrong)


@attack("WebSocket frames that are wrong")
def frames(target, dice):
    request = (b"GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               b"Sec-WebSocket-Key: MDEyMzQ1Njc4OUFCQ0RFRg==\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n")
    wrong = [b"\x82\x05hello", b"\x81\x85\0\0\0\0hello", b"\x82\xff" + b"\xff" * 8 + b"\0\0\0\0", b"\xf2\x80\0\0\0\0", b"\x80\x80\0\0\0\0",
             b"\x8b\x80\0\0\0\0", *(dice.randbytes(60) for _ in range(50))]
    return send_all(target, "web", "127.0.71", [request + text for text in wrong])


@attack("packets with any bytes")
def packets(target, dice):
    texts = [bytes([dice.randrange(1, 16) << 4 | dice.randrange(16)]) + dice.randbytes(dice.randrange(0, 300)) for _ in range(300)]
    return send_all(target, "plain", "127.0.72", texts)


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--martlet", default=os.environ.get("MARTLET", str(ROOT / ".build/debug/martlet")))
    options.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options.add_argument("--only", default="")
    options = options.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8_192, hard), hard))
    print(f"seed {options.seed}")
    failed = []
    with tempfile.TemporaryDirectory(prefix="attack-") as folder:
        target = Target(shlex.split(options.martlet), pathlib.Path(folder))
        honest = Honest(target)
        honest.start()
        print(f"{'attack':<82} tries  seconds  honest: slowest  memory")
        for title, function in ATTACKS:
            if options.only not in title:
                continue
            began, honest.slowest, rounds = time.monotonic(), 0.0, honest.rounds
            try:
                tries = function(target, random.Random(options.seed))
            except Exception as error:  # pylint: disable=broad-except
                tries = 0
                failed.append(f"{title}: {error!r}")
            while honest.rounds < rounds + 2 and honest.is_alive() and time.monotonic() - began < 120:
                time.sleep(0.05)
            print(f"{title:<82} {tries:>5} {time.monotonic() - began:>8.1f} {honest.slowest:>14.2f} s {target.memory():>4} MiB", flush=True)
            if honest.slowest > SLOWEST:
                failed.append(f"{title}: the honest client waited {honest.slowest:.1f} s")
        honest.over.set()
        honest.join(30)
        failed += [f"the honest client: {failure}" for failure in honest.failures[:5]]
        if not honest.rounds:
            failed.append("the honest client never came through")
        if target.memory() > MEMORY:
            failed.append(f"{target.memory()} MiB are more than {MEMORY}")
        if target.process.poll() is not None:
            failed.append("the broker has ended:\n" + "\n".join(target.log[-20:]))
        # Whoever came in was one of those who may, by the right way.
        known = ("anna", "eve", "+", "x/#", "a/b", "jos\u00e9", "right")
        for line in target.log:
            if " client connected address=" in line and not any(f"user={name} " in f"{line} " for name in known):
                failed.append(f"somebody got in: {line}")
        if "secret" in "\n".join(target.log) + (pathlib.Path(folder) / "audit").read_text():
            failed.append("a password is in a log")
        target.process.terminate()
        if target.process.wait(60) != 0:
            failed.append("the broker did not end cleanly")
        if os.environ.get("ATTACK_LOG"): pathlib.Path(os.environ["ATTACK_LOG"]).write_text("\n".join(target.log))
        print(f"{honest.rounds} rounds of the honest client, {len(honest.failures)} failed")
    for failure in failed:
        print("FAILED", failure)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
