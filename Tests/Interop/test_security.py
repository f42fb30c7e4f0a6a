"""Users, passwords and rules, in files of Mosquitto's formats."""
import subprocess

import pytest

from broker import DEADLINE, martlet, start
from tools import command, publish

RULES = """
topic read weather/#

user anna
topic readwrite house/#

user bob
topic read house/#

pattern readwrite private/%u/#
"""
NOT_AUTHORIZED = 0x87


def add_user(file, name, password):
    subprocess.run(martlet("passwd", "--machine", "-b", file, name, password), check=True, timeout=DEADLINE)


@pytest.fixture(scope="module")
def passwords(tmp_path_factory):
    file = tmp_path_factory.mktemp("users") / "passwords"
    add_user(file, "anna", "secret of anna")
    add_user(file, "bob", "secret of bob")
    return file


@pytest.fixture(scope="module")
def secured(passwords):
    rules = passwords.with_name("rules")
    rules.write_text(RULES, encoding="utf-8")
    running = start(password_file=passwords, acl_file=rules)
    yield running
    running.stop()


@pytest.fixture
def user(client, secured, name):
    """Makes a client of a user: user('anna')."""
    def make(who, password=None, **options):
        return client(f"{name}{who}", to=secured, user=who, password=password or f"secret of {who}", **options)

    return make


@pytest.mark.parametrize("transport", ["tcp", "websockets", "unix"])
@pytest.mark.parametrize("version", [4, 5])
def test_only_users_with_their_passwords_come_in(user, client, secured, version, transport):
    options = {"version": version, "transport": transport}
    user("anna", **options)
    with pytest.raises(AssertionError, match="CONNACK 13[45]"):
        user("anna", password="secret of bob", **options)
    with pytest.raises(AssertionError, match="CONNACK 13[45]"):
        user("nobody", **options)
    with pytest.raises(AssertionError, match="CONNACK 13[45]"):
        client("anonymous", to=secured, **options)


def test_mosquitto_clients_log_in(secured, user, name):
    reader = user("bob")
    reader.subscribe(f"house/{name}", 1)
    publish(secured, "-u", "anna", "-P", "secret of anna", "-t", f"house/{name}", "-q", 1, "-m", "hello")
    assert reader.payloads(1) == ["hello"]
    refused = subprocess.run(
        command(secured, "mosquitto_pub", "-u", "anna", "-P", "wrong", "-t", f"house/{name}", "-m", "x"),
        capture_output=True, timeout=DEADLINE)
    assert refused.returncode != 0 and b"efused" in refused.stderr


def test_publishing_takes_a_rule(user, name):
    anna, bob = user("anna"), user("bob")
    anna.subscribe(f"house/{name}", 2)
    assert bob.publish(f"house/{name}", "not allowed", 1) == NOT_AUTHORIZED
    bob.publish(f"house/{name}", "not allowed", 2)  # paho goes on after a PUBREC that refuses, and reports that.
    assert anna.publish(f"house/{name}", "allowed", 2) == 0
    assert anna.payloads(1) == ["allowed"]


def test_subscribing_takes_a_rule(user):
    bob = user("bob")
    assert bob.subscribe("house/#") == [0]
    assert bob.subscribe("#") == [NOT_AUTHORIZED]
    assert bob.subscribe("private/anna/diary") == [NOT_AUTHORIZED]


def test_patterns_stand_for_the_user(user, name):
    anna, bob = user("anna"), user("bob")
    for one in (anna, bob):
        one.subscribe(f"private/{one.user}/#", 1)
    assert bob.publish(f"private/anna/{name}", "not allowed", 1) == NOT_AUTHORIZED
    assert bob.publish(f"private/bob/{name}", "mine", 1) == 0
    assert anna.publish(f"private/anna/{name}", "mine", 1) == 0
    assert (anna.payloads(1), bob.payloads(1)) == (["mine"], ["mine"])


def test_a_will_takes_a_rule(user, name):
    bob = user("bob")
    bob.subscribe(f"house/{name}", 1)
    user("anna", will=(f"house/{name}", "anna has gone", 1, False)).drop()
    assert bob.payloads(1) == ["anna has gone"]
