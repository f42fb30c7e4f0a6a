"""Every option of Mosquitto's tools, as their help and their manual pages name them, and what `-d` tells."""
import glob
import gzip
import os
import re
import shlex
import shutil
import subprocess

import pytest

from broker import DEADLINE

MARTLET = shlex.split(os.environ.get("MARTLET", ".build/debug/martlet"))
COMMANDS = ["pub", "sub", "rr"]
OPTION = r"--?[A-Za-z][\w-]*"


def offered(command):
    """What our help names."""
    text = subprocess.run([*MARTLET, command, "--help"], capture_output=True, text=True, check=True, timeout=DEADLINE).stdout
    return {word for line in text.splitlines() if re.match(rf" +{OPTION}", line)
            for word in re.findall(rf"(?<![\w-]){OPTION}", line.strip().split("  ")[0])}


def in_help(command):
    # mosquitto_pub's own help ends with 1.
    done = subprocess.run([f"mosquitto_{command}", "--help"], capture_output=True, text=True, timeout=DEADLINE)
    usage, _, rest = done.stdout.partition(" --help\n\n")
    described = re.findall(rf"^ ({OPTION}) : ", rest, re.MULTILINE)
    assert len(described) > 40
    return set(described) | set(re.findall(rf"(?<=[\[{{ ])({OPTION})(?=[\] ])", usage))


def in_manual(command):
    pages = glob.glob(f"/usr/share/man/man1/mosquitto_{command}.1*")
    if not pages:
        pytest.skip("the manual pages of Mosquitto's tools are not installed")
    with (gzip.open if pages[0].endswith(".gz") else open)(pages[0], "rt", encoding="utf-8") as file:
        text = file.read().replace("\\-", "-").split('.SH "OPTIONS"')[1].split("\n.SH ")[0]
    terms = re.findall(r"^\.PP\n(\\fB-.*)\n\.RS 4", text, re.MULTILINE)
    assert len(terms) > 30
    return {word for term in terms for word in re.findall(rf"\\fB({OPTION})\\fR", term)}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("source", [in_help, in_manual])
def test_every_option_is_offered(command, source):
    missing = source(command) - offered(command)
    # -S needs a libmosquitto that was built with it, which Debian's is not.
    assert {option for option in missing if not is_unknown(command, option)} == set()


def is_unknown(command, option):
    done = subprocess.run([f"mosquitto_{command}", option], capture_output=True, text=True, timeout=DEADLINE)
    return "Unknown option" in done.stderr or "Unknown option" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_that_is_offered_is_read(command):
    """What the help and the completions name is what the command understands."""
    for option in sorted(offered(command) - {"--help", "--version"}):
        done = subprocess.run([*MARTLET, command, option], capture_output=True, text=True, timeout=DEADLINE,
                              env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent"}, stdin=subprocess.DEVNULL)
        assert "Unknown option" not in done.stderr, option


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completions(shell):
    script = subprocess.run([*MARTLET, "--generate-completion-script", shell], capture_output=True, text=True, check=True,
                            timeout=DEADLINE).stdout
    for option in ("will-payload", "retained-only", "tls-use-os-certs", "session-expiry-interval", "durability"):
        assert option in script


def debugging(broker, tool, line, stdin=b""):
    tcp = broker.addresses["tcp"]
    program = [*MARTLET, line[0]] if tool == "martlet" else [f"mosquitto_{line[0]}"]
    done = subprocess.run([*program, "-h", tcp.host, "-p", str(tcp.port), "-d", *line[1:]], input=stdin, capture_output=True,
                          timeout=DEADLINE, env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent"})
    # A name that the broker chose is another one each time; an UNSUBSCRIBE need not wait for the SUBACK.
    return done.returncode, sorted(re.sub(rb"^Client auto-\S+|^Client martlet-\S+", b"Client NAME", text)
                                   for text in done.stdout.splitlines())


@pytest.mark.parametrize("line", [
    "pub -t T/a -m hello", "pub -t T/a -m hello -q 1", "pub -t T/a -m hello -q 2 -r", "pub -t T/a -m hello -q 1 -i me",
    "pub -t T/a -m hello -q 1 -V 5 -i me", "pub -t T/a -n -q 2 -V 31 -i me", "pub -t T/a -l -q 1 -i me",
    "sub -t T/kept -C 1", "sub -t T/kept -C 1 -q 1 -v", "sub -t T/kept -t T/else -C 1 -q 1", "sub -t T/none -E -q 2 -i me",
    "sub -t T/kept -C 1 -V 5 -q 1 -i me --retain-as-published", "sub -t T/none -W 1", "rr -t T/ask -e T/answer -m x -W 1 -i me",
])
def test_debugging(broker, name, line):
    """The same lines, in whatever order: our client prints a message while it acknowledges it."""
    words = [word.replace("T/", f"{name}/") for word in shlex.split(line)]
    tcp = broker.addresses["tcp"]
    subprocess.run(["mosquitto_pub", "-h", tcp.host, "-p", str(tcp.port), "-t", f"{name}/kept", "-m", "kept", "-q", "2", "-r"],
                   check=True, timeout=DEADLINE)
    found = [debugging(broker, tool, words, b"one\ntwo\n") for tool in ("mosquitto", "martlet")]
    assert found[1] == found[0]


def test_manual(tmp_path):
    script = os.path.join(os.path.dirname(__file__), "..", "..", "scripts", "manual.py")
    subprocess.run(["python3", script, str(tmp_path)], check=True, timeout=DEADLINE, stdout=subprocess.DEVNULL)
    pages = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.glob("*.1")}
    assert {"martlet.1", "martlet-serve.1", "martlet-pub.1", "martlet-sub.1", "martlet-rr.1", "martlet-doctor.1"} <= set(pages)
    for command in COMMANDS:
        words = set(re.findall(OPTION, pages[f"martlet-{command}.1"].replace("\\-", "-")))
        assert offered(command) - words == set()
    assert (tmp_path / "bash" / "martlet").stat().st_size > 1_000
    if shutil.which("groff"):
        for page in tmp_path.glob("*.1"):
            done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", str(page)], capture_output=True, check=True, timeout=DEADLINE)
            assert done.stderr == b"", page
