"""The OpenAPI document, looked at by a tool of others, and what the broker answers, compared with it by way of curl."""
import json
import os
import subprocess

import jsonschema
import openapi_spec_validator
import pytest

from conftest import DEADLINE

#: What stands in for the parts of paths and for required parameters.
VALUES = {"client": "nobody", "topic": "house/hall", "user": "nobody", "kind": "client", "subject": "nobody", "below": "",
          "filter": "house/#", "by": "queuedMessages"}


def curl(martlet, token, method, path, body=None, *options):
    """Status, media type and body of an answer."""
    command = ["curl", "-sS", "-X", method, "-H", f"Authorization: Bearer {token}", "-w", "\n%{http_code} %{content_type}",
               martlet.url + path, *options]
    if body is not None:
        command += ["-H", "Content-Type: application/json", "--data", json.dumps(body)]
    text = subprocess.run(command, check=True, capture_output=True, timeout=DEADLINE).stdout
    content, _, last = text.rpartition(b"\n")
    status, _, kind = last.decode().partition(" ")
    return int(status), kind, content


@pytest.fixture
def document(martlet):
    token = martlet.token("admin")
    status, _, content = curl(martlet, token, "GET", "/api/v1/openapi.json")
    assert status == 200
    return token, json.loads(content)


def test_the_document_is_valid(document):
    openapi_spec_validator.validate(document[1])


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def test_every_answer_is_as_the_document_says(martlet, document):
    token, document = document
    martlet.ctl(token, "publish", "house/hall", "21.5", "--retain", "--qos", "1")
    seen = set()
    for path, method, operation in operations(document):
        if method != "GET" or operation["operationId"] == "trace":
            continue
        query = []
        for parameter in operation["parameters"]:
            value = VALUES.get(parameter["name"], "")
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", value)
            elif parameter["required"]:
                query.append(f"{parameter['name']}={value.replace('#', '%23')}")
        status, kind, content = curl(martlet, token, "GET", f"/api/v1{path}" + ("?" + "&".join(query) if query else ""))
        assert status in (200, 404, 501), (path, status, content)
        assert str(status) in operation["responses"] or "default" in operation["responses"], (path, status)
        answer = operation["responses"].get(str(status)) or operation["responses"]["default"]
        (media, said), = answer["content"].items()
        assert kind.split(";")[0] == media, path
        if "schema" in said:
            # References are to the document's own schemas.
            schema = {**said["schema"], "components": document["components"]}
            jsonschema.validate(json.loads(content), schema, cls=jsonschema.Draft202012Validator)
        seen.add((operation["operationId"], status))
    assert sum(status == 200 for _, status in seen) >= 15, seen


def test_without_token_and_with_a_low_role_nothing_is_told(martlet, document):
    low, roles = martlet.token("read"), {"read": 0, "operate": 1, "admin": 2}
    for path, method, operation in operations(document[1]):
        for parameter in operation["parameters"]:
            path = path.replace("{" + parameter["name"] + "}", "nobody")
        if operation["operationId"] == "trace":
            continue
        assert curl(martlet, "mt_wrong", method, f"/api/v1{path}")[0] == 401, path
        status = curl(martlet, low, method, f"/api/v1{path}")[0]
        assert (status == 403) == (roles[operation["x-role"]] > 0), (path, status)


def test_bans_and_backup(martlet, document, tmp_path):
    token, _ = document
    martlet.ctl(token, "publish", "house/hall", "21.5", "--retain", "--qos", "1")
    martlet.ctl(token, "bans", "add", "address", "192.0.2.0/24", "--seconds", "60", "--reason", "scans")
    assert "192.0.2.0/24" in martlet.ctl(token, "bans").stdout
    assert martlet.ctl(token, "bans", "add", "address", "nowhere", check=False).returncode == 1
    martlet.ctl(token, "bans", "lift", "address", "192.0.2.0/24")
    assert martlet.ctl(token, "bans", "lift", "address", "192.0.2.0/24", check=False).returncode == 1
    copy = tmp_path / "copy.sqlite3"
    martlet.ctl(token, "backup", str(copy))
    assert copy.read_bytes()[:15] == b"SQLite format 3" and copy.stat().st_mode & 0o777 == 0o600
    assert martlet.ctl(token, "backup", str(copy), check=False).returncode == 73
    assert not [name for name in os.listdir(martlet.data) if "snapshot" in name]
