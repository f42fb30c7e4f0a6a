"""Sockets that systemd has opened, and what it is told."""
import os
import shlex
import socket
import subprocess

from conftest import DEADLINE, MARTLET


def passed_on(listeners):
    """How a program is started by systemd: its sockets are the descriptors from 3 on."""
    def move():
        for index, one in enumerate(listeners):
            os.dup2(one.fileno(), 40 + index, inheritable=True)
        for index in range(len(listeners)):
            os.dup2(40 + index, 3 + index, inheritable=True)
            os.close(40 + index)

    script = f"LISTEN_PID=$$ LISTEN_FDS={len(listeners)} exec {shlex.quote(MARTLET)} serve \"$@\""
    return {"command": ("sh", "-c", script, "sh"), "preexec_fn": move, "close_fds": False}


def connects(address):
    with socket.create_connection(address, DEADLINE) if isinstance(address, tuple) else unix(address) as one:
        one.sendall(bytes([0x10, 13, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 0, 0, 1]) + b"a")
        return one.recv(4) == bytes([0x20, 2, 0, 0])


def unix(path):
    one = socket.socket(socket.AF_UNIX)
    one.connect(path)
    return one


def test_sockets_of_systemd_are_taken(start, tmp_path):
    path = str(tmp_path / "socket")
    tcp, local = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    local.bind(path)
    local.listen()
    port = tcp.getsockname()[1]
    # It waits in the kernel until there is a broker.
    with socket.create_connection(("127.0.0.1", port), DEADLINE) as early:
        early.sendall(bytes([0x10, 13, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 0, 0, 1]) + b"b")
        martlet = start("--listen", f"mqtt://127.0.0.1:{port}", "--listen", f"unix://{path}", **passed_on([tcp, local]))
        assert martlet.port == port
        assert early.recv(4) == bytes([0x20, 2, 0, 0])
    assert connects(("127.0.0.1", port)) and connects(path)
    martlet.stop()
    assert os.path.exists(path), "the file of the socket is systemd's"
    tcp.close()
    local.close()


def test_a_socket_for_no_listener_is_told(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        martlet = start("--listen", "mqtt://127.0.0.1:0", **passed_on([other]))
        martlet.find("no listener is configured for it")
        assert martlet.process.wait(DEADLINE) == 78


def test_sockets_for_another_process_are_left_alone(start):
    with socket.create_server(("127.0.0.1", 0)) as other:
        martlet = start("--listen", "mqtt://127.0.0.1:0", environment={"LISTEN_PID": "1", "LISTEN_FDS": "1"},
                        pass_fds=[other.fileno()])
        assert connects(("127.0.0.1", martlet.port))
        martlet.stop()


def test_the_unit_is_one_that_systemd_understands():
    unit = os.path.join(os.path.dirname(__file__), "../../contrib/systemd/martlet.service")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=DEADLINE)
    wrong = [line for line in done.stderr.splitlines() if "martlet.service" in line and "not executable" not in line]
    assert wrong == []
