"""martlet pub, sub and rr beside Mosquitto's tools: the same command lines against the same broker must give
the same bytes and the same exit codes. In the lines T stands for a topic that only one test uses."""
import os
import re
import shlex
import subprocess
import threading

import pytest

from broker import DEADLINE

MARTLET = shlex.split(os.environ.get("MARTLET", ".build/debug/martlet"))
TOOLS = {"mosquitto": lambda command: [f"mosquitto_{command}"], "martlet": lambda command: [*MARTLET, command]}

# Retained messages that are there before every line of SUB, by what mosquitto_pub is told.
RETAINED = [
    "-t T/1 -m one",
    "-t T/2 -m two -q 1",
    """-V 5 -t T/3 -m '{"a": [1, 2.50, -0, 1e3, 12345678901, 1.0E-7, 0.1, "\\u00e9\\n\\/", null, true, {}, []], "b": {}}'
    -q 2 -D publish content-type a\\"b -D publish user-property a b -D publish user-property a c -D publish
    correlation-data xyz -D publish response-topic back -D publish payload-format-indicator 1""",
    "-t T/sub/4 -m 'é\" x' -q 1",
    "-t T/sub/5 -m '[1,2'",
]
ALL = "-t T/# -C 5"

SUB = [
    "-t T/1 -C 1", "-t T/+ -C 3", f"{ALL} -v", f"{ALL} -v -N", f"{ALL} -N", f"{ALL} -q 1", "-t T/3 -C 1 -q 2",
    f"{ALL} -V 5 -v", f"{ALL} -V mqttv5 -v -q 1", f"{ALL} -V mqttv31 -v", f"{ALL} -V 31", f"{ALL} -V 311",
    "--topic T/2 -C 1 --verbose --qos 1 --id some --keepalive 30 --protocol-version mqttv311",
    "-t T/1 -t T/2 -C 2 -v", "-t T/1 -t T/2 -t T/sub/4 -C 3 -q 1 -F '%t %q'",
    "-t T/# -T T/2 -T T/sub/# -C 2 -v", "-t T/# --filter-out T/+ -C 2 -v",
    "-t T/+ -W 1", "-t T/none -W 1", "-t T/none -W 1 -v", "-t T/# -R -W 1", "-t T/1 -W 1 --quiet",
    "-t T/# -E", "-t T/# -E -V 5 -q 2", "-t T/# -t T/none -E -U T/none", "-t T/1 -E -V 5 -c -x 5 -i T",
    "-t T/# --retained-only -C 5 -v", "-t T/1 -C 1 --pretty", "-t T/1 -C 1 -I prefix", "-t T/1 -C 1 -u name -P word",
    "-t T/1 -C 1 -u name", "-t T/1 -C 1 -A 127.0.0.1", "-t T/1 -C 1 --nodelay", "-t T/1 -C 1 -M 5",
    "-t T/1 -C 1 --will-topic T/will --will-payload gone --will-qos 1 --will-retain",
    f"{ALL} -F '%t|%p|%q|%r|%l|%m|%%'", f"{ALL} -F %x", f"{ALL} -F %X", f"{ALL} -F %p -v", f"{ALL} -F %p -N",
    f"{ALL} -V 5 -F '[%A|%C|%D|%E|%F|%P|%R|%S]'", f"{ALL} -V 5 -F '%S' -D subscribe subscription-identifier 7",
    f"{ALL} -F '@@ \\n \\t \\\\ \\e \\a \\v \\r \\0 x'", f"{ALL} -F '@Y-@m-@d'", f"{ALL} -F '%I' -V 5",
    f"{ALL} -F '[%20t|%-20t|%3t|%.3t|%10.3t|%-10.3t]'", f"{ALL} -F '[%5l|%05l|%-5l|%5m|%05m|%5q|%5r]'",
    f"{ALL} -F '[%3p|%.3p|%10p|%-10p|%010p]'", f"{ALL} -F '[%4x|%010x|%.2x|%-12X|%5X]'",
    f"{ALL} -V 5 -F '[%6E|%06E|%3F|%03F|%6S|%8C|%-8C|%8R|%8D|%-8D|%30P]'",
    f"{ALL} -F %j", f"{ALL} -F %j -V 5", "-t T/3 -C 1 -F %j -V 5 -q 2", f"{ALL} -F %j --pretty", f"{ALL} -F %j -V 5 --pretty",
    "-t T/3 -C 1 -F %J", "-t T/3 -C 1 -F %J -V 5 --pretty", "-t T/1 -C 1 -F %J", "-t T/sub/5 -C 1 -F %J",
    "-t T/3 -C 1 -F '%j %J'", "-t T/1 -C 1 -F ''", "-L mqtt://localhost:PORT/T/1 -C 1",
    "-L mqtt://user:word@localhost:PORT/T/+ -C 3 -v",
    "-t T/1 -C 1 -D connect user-property a b -V 5", "-t T/1 -C 1 -D connect receive-maximum 3 -V 5 -q 2",
]

# Lines that never get as far as a broker, or no further.
WRONG = {
    "sub": [
        "", "-t", "-t T/##", "-t a#", "-t T -q 3", "-t T -q -1", "-t T -k 4", "-t T -k 70000", "-t T -V 4",
        "-t T -p 70000", "-t T -C 0", "-t T -W 0", "-t T -F %", "-t T -F %z", "-t T -F '%5'",
        "-t T -F '\\'", "-t T -F '\\q'", "-t T -F @", "-t T --nope", "-t T -c", "-t T -T a#", "-t T -U a#",
        "-t T -i a -I b", "-t T --will-payload x", "-t T --will-retain", "-t T --will-topic a/#",
        "-t T --will-topic a --will-qos 3", "-L http://localhost/T", "-L mqtt://localhost", "-t T -P word",
        "-t T -D nope a b", "-t T -D connect nope b", "-t T -D connect user-property a", "-t T -D connect",
        "-t T -D publish subscription-identifier 5", "-t T -D connect receive-maximum 70000", "-t T -p 1",
        "-t T -h no.such.host.invalid", "-t T --unix /no/such/socket",
        "-t T --cert a", "-t T --key a", "-t T --keyform pem", "-t T --psk aa", "-t T --psk aa --psk-identity b --cafile c",
        "-t T --psk zz --psk-identity b", "-t T --cafile /no/such/file", "-t T --cafile /etc/hostname --tls-version 9",
        "-t T --proxy http", "-t T --proxy socks5h://", "-t T --proxy socks5h://h:70000", "-t T -p 1 --capath /etc/ssl/certs",
        *[f"-t T --{name}" for name in (
            "cafile capath cert key keyform ciphers tls-version tls-alpn tls-engine psk psk-identity proxy").split()],
    ],
    "pub": [
        "-t T", "-m x", "-t T/# -m x", "-t + -m x", "-t T -m x -n", "-t T -m x -l", "-t T -m",
        "-t T -f /no/such/file", "-t T -s", "-t T -m x -q 3", "-t T -m x --repeat 0", "-t T -m x --repeat-delay -1",
        "-t T -m x -P word", "-t T -m x -p 1", "-t T -m x -C 1", "-t T -m x -V 7", "-t T -m x -D publish user-property a",
        "-t T -m x -h no.such.host.invalid", "-t T -m x --unix /no/such/socket",
    ],
    "rr": ["-t T -m x", "-e T -m x", "-t T -e T", "-t T -e a/# -m x", "-t T -e T -m x -p 1"],
}

PUB = [
    "-t T -m hello", "-t T -m hello -q 1", "-t T -m hello -q 2", "-t T -m '' -q 1", "-t T -n -q 1", "-t T -n -r -q 1",
    "-t T -m hello -r -q 1", "-t T -m hello -V 5 -q 2", "-t T -m hello -V 31 -q 1", "-t T -m 'é 🦉' -q 1",
    "--topic T --message hello --qos 1 --retain --id-prefix some", "-t T -m x -q 1 --repeat 5",
    "-t T -m x -q 2 --repeat 3 --repeat-delay 0.01", "-t T/1 -t T -m last -q 1", "-t T -s -q 1", "-t T -l -q 1",
    "-t T -l -q 0", "-t T -l -q 2 -V 5", "-t T -f FILE -q 1", "-t T -m -x -q 1", "-L mqtt://localhost:PORT/T -m x -q 1",
    "-t T -m x -V 5 -q 1 -D publish content-type text/plain -D publish user-property a b -D publish user-property c d "
    "-D publish correlation-data 123 -D publish response-topic back -D publish payload-format-indicator 1",
    "-t T -m x -V 5 -q 1 -D publish message-expiry-interval 1000", "-t T -m x -V 5 -q 1 -D publish topic-alias 3",
    "-t T -m x -q 1 -D publish content-type only/in-5", "-t T -m x -q 1 -u name -P word -k 20 -c -i T-me",
    "-t T -m x -q 1 --will-topic T --will-payload never", "-t T -m x -q 1 -M 1 --repeat 3",
]

TIMES = [(rb'"tst":(\s*)"[^"]*"', rb'"tst":\1"TIME"'), (rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", b"TIME")]


def run(broker, tool, command, line, topic, *, stdin=b"one\n\nthree", file=None, where=True):
    tcp = broker.addresses["tcp"]
    words = [word.replace("T", topic, 1) if re.match(r"^T(/.*|-me)?$|^mqtt:.*/T(/.*)?$", word) else word
             for word in shlex.split(line.replace("PORT", str(tcp.port)))]
    words = [re.sub(r"/T(?=/|$)", f"/{topic}", word) if word.startswith("mqtt://") else word for word in words]
    words = [str(file) if word == "FILE" else word for word in words]
    place = [] if "-L" in words or "--unix" in words or "-h" in words or not where else ["-h", tcp.host]
    place += [] if "-p" in words or "-L" in words or not where else ["-p", str(tcp.port)]
    done = subprocess.run([*TOOLS[tool](command), *place, *words], input=stdin, capture_output=True, timeout=DEADLINE,
                          env={**os.environ, "HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent"})
    output = done.stdout
    for pattern, replacement in TIMES:
        output = re.sub(pattern, replacement, output)
    return done.returncode, output, done.stderr


def publish(broker, topic, line):
    code, _, error = run(broker, "mosquitto", "pub", line, topic)
    assert code == 0, error


@pytest.mark.parametrize("line", SUB)
def test_sub(broker, name, line):
    for one in RETAINED:
        publish(broker, name, one + " -r")
    mosquitto = run(broker, "mosquitto", "sub", line, name)
    martlet = run(broker, "martlet", "sub", line, name)
    assert martlet == mosquitto


@pytest.mark.parametrize("command, line", [(command, line) for command, lines in WRONG.items() for line in lines])
def test_wrong_lines(broker, name, command, line):
    mosquitto = run(broker, "mosquitto", command, line, name)
    martlet = run(broker, "martlet", command, line, name)
    assert martlet[0] == mosquitto[0]
    # Without anything to do mosquitto_pub prints its whole help; the reason is what counts.
    assert martlet[2].split(b"\n")[0] == mosquitto[2].split(b"\n")[0]


def read_session(broker, session):
    """What is in a session, up to END. In one connection: mosquitto_sub may go before it has acknowledged, and would
    have a message twice in two."""
    tcp = broker.addresses["tcp"]
    command = ["mosquitto_sub", "-h", tcp.host, "-p", str(tcp.port), *shlex.split(session)]
    with subprocess.Popen([*command, "-F", "%q %r %C %D %F %P %R %l %x"], stdout=subprocess.PIPE) as process:
        deadline = threading.Timer(DEADLINE, process.kill)
        deadline.start()
        output = b""
        for line in process.stdout:
            output += line
            if line.endswith(b" 454e44\n"):
                break
        process.kill()
        deadline.cancel()
    assert output.endswith(b" 454e44\n"), output
    return output


@pytest.mark.parametrize("line", PUB)
def test_pub(broker, name, line, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(bytes(range(256)) * 20)
    found = {}
    for tool in TOOLS:
        # A session that waits for what is published, and a message that ends it.
        session = f"-V 5 -c -x 60 -i {name}-{tool} -t T -q 2 --retain-as-published"
        assert run(broker, "mosquitto", "sub", session + " -E", name)[0] == 0
        result = run(broker, tool, "pub", line, name, file=file)
        publish(broker, name, "-t T -m END -q 2")
        output = read_session(broker, session.replace(" T ", f" {name} "))
        publish(broker, name, "-t T -n -r -q 1")
        found[tool] = (result, output)
    assert found["martlet"] == found["mosquitto"]


@pytest.mark.parametrize("line", ["-m question", "-m question -v", "-m question -q 1 -F '%t %p %q'", "-n -v",
                                  "-m question -V 311", "-m question -V 31 -q 2", "-m question -F %j"])
def test_rr(broker, client, name, line):
    service = client(f"{name}s", version=4)
    service.subscribe(f"{name}/ask", 2)
    end = threading.Event()

    def answer():
        while not end.is_set():
            request = service.inbox.get()
            if request is None:
                return
            service.paho.publish(f"{name}/answer", b"answer to " + request.payload, 1)

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        results = [run(broker, tool, "rr", f"-t T/ask -e T/answer {line}", name, stdin=b"one\ntwo\n") for tool in TOOLS]
    finally:
        end.set()
        service.inbox.put(None)
        thread.join()
    assert results[0] == results[1]


def test_rr_without_an_answer(broker, name):
    assert run(broker, "martlet", "rr", "-t T/ask -e T/answer -m x -W 1", name) == \
        run(broker, "mosquitto", "rr", "-t T/ask -e T/answer -m x -W 1", name)


@pytest.mark.parametrize("version", ["31", "311", "5"])
@pytest.mark.parametrize("qos", [1, 2])
def test_what_is_not_printed_stays_in_the_queue(broker, name, version, qos):
    """Ours alone: mosquitto_sub loses what it has acknowledged and not printed."""
    session = f"-V {version} -c -i {name} -t T -q {qos}"
    assert run(broker, "martlet", "sub", session + " -E", name)[:2] == (0, b"")
    for number in range(6):
        publish(broker, name, f"-t T -m {number} -q 2")
    taken = [run(broker, "martlet", "sub", session + f" -C {count}", name)[1] for count in (1, 2, 3)]
    assert taken == [b"0\n", b"1\n2\n", b"3\n4\n5\n"]


def test_removing_retained_messages(broker, name):
    """Ours alone: mosquitto_sub 2.0.11 waits for ever when its removal is acknowledged early."""
    for number in range(3):
        publish(broker, name, f"-t T/{number} -m {number} -r -q 1")
    removed = run(broker, "martlet", "sub", "-t T/# -T T/1 --remove-retained -C 2 -v", name)
    assert removed[:2] == (0, f"{name}/0 0\n{name}/2 2\n".encode())
    assert run(broker, "mosquitto", "sub", "-t T/# -W 1 -v", name)[:2] == (27, f"{name}/1 1\n".encode())


def test_requests_of_lines(broker, client, name):
    """Ours alone: mosquitto_rr has no -l."""
    service = client(f"{name}s", version=4)
    service.subscribe(f"{name}/ask", 2)
    service.paho.on_message = lambda _, __, message: service.paho.publish(f"{name}/answer", message.payload.upper(), 1)
    done = run(broker, "martlet", "rr", "-t T/ask -e T/answer -l", name, stdin=b"one\ntwo\n")
    assert done == (0, b"ONE\nTWO\n", b"")


def test_websocket(broker, name):
    """Debian's tools have no --ws: this is ours alone."""
    web = broker.addresses["websockets"]
    place = f"-h {web.host} -p {web.port} --ws --ws-path {web.path}"
    assert run(broker, "martlet", "pub", f"{place} -t T -m hello -r -q 2", name, where=False)[0] == 0
    assert run(broker, "martlet", "sub", f"{place} -t T -C 1 -v", name, where=False)[:2] == (0, f"{name} hello\n".encode())


def test_unix_socket(broker, name):
    path = broker.addresses["unix"].host
    for tool in TOOLS:
        assert run(broker, tool, "pub", f"--unix {path} -t T -m {tool} -r -q 1", name, where=False)[0] == 0
        for reader in TOOLS:
            assert run(broker, reader, "sub", f"--unix {path} -t T -C 1", name, where=False)[1] == f"{tool}\n".encode()


def test_defaults_file(broker, name, tmp_path):
    (tmp_path / "martlet_sub").write_text(f"# of tests\n-t {name}\n-W 1\n-v\n")
    tcp = broker.addresses["tcp"]
    publish(broker, name, "-t T -m hello -r -q 1")
    done = subprocess.run([*MARTLET, "sub", "-p", str(tcp.port)], capture_output=True, timeout=DEADLINE,
                          env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)})
    assert (done.returncode, done.stdout) == (27, f"{name} hello\n".encode())


def test_a_reader_that_takes_its_time(broker, name):
    """What a pipe does not take at once: nothing is lost, and the connection lives on meanwhile."""
    tcp = broker.addresses["tcp"]
    place = ["-h", tcp.host, "-p", str(tcp.port)]
    # No more messages than Mosquitto queues for a client.
    lines = [f"{number:06} {'x' * 1_000}" for number in range(1_000)]
    subprocess.run(["mosquitto_pub", *place, "-t", f"{name}/ready", "-r", "-m", "ready", "-q", "1"], check=True)
    command = [*MARTLET, "sub", *place, "-t", f"{name}/+", "-q", "1", "-C", str(len(lines) + 1)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        # Far more than fits into the pipe, and nobody reads.
        subprocess.run(["mosquitto_pub", *place, "-t", f"{name}/line", "-q", "1", "-l"], check=True,
                       input="\n".join(lines), text=True, timeout=DEADLINE)
        output, _ = process.communicate(timeout=DEADLINE)
    assert output.splitlines() == lines
    assert process.returncode == 0
