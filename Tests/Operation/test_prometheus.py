"""Debian's Prometheus and promtool: what is scraped, the alert rules, and the dashboard for Grafana."""
import json
import re
import subprocess
import urllib.parse
import urllib.request

from conftest import ROOT, wait_for
from ports import free_ports

CONTRIB = ROOT / "contrib"


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def metrics(martlet, accept="text/plain"):
    request = urllib.request.Request(martlet.url + "/metrics", headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_promtool_has_nothing_against_metrics_rules_and_configuration(martlet):
    kind, text = metrics(martlet)
    assert kind.startswith("text/plain")
    assert run("promtool", "check", "metrics", input=text) == ""
    run("promtool", "check", "rules", str(CONTRIB / "prometheus/martlet.rules.yml"))
    run("promtool", "test", "rules", "martlet.test.yml", cwd=CONTRIB / "prometheus")
    run("promtool", "check", "config", "prometheus.yml", cwd=CONTRIB / "prometheus")
    kind, text = metrics(martlet, "application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text") and text.endswith("# EOF\n")


def test_every_alert_has_a_case_where_it_comes():
    rules = (CONTRIB / "prometheus/martlet.rules.yml").read_text()
    cases = (CONTRIB / "prometheus/martlet.test.yml").read_text()
    tested = re.findall(r"alertname: (\w+)\n\s+exp_alerts:\n", cases)
    assert sorted(set(tested)) == sorted(re.findall(r"alert: (\w+)", rules))


def test_a_prometheus_scrapes_it(martlet, tmp_path):
    (port,) = free_ports(1)
    text = (CONTRIB / "prometheus/prometheus.yml").read_text()
    assert "127.0.0.1:9883" in text
    text = text.replace("127.0.0.1:9883", martlet.url.removeprefix("http://")).replace("15s", "1s")
    (tmp_path / "prometheus.yml").write_text(text)
    (tmp_path / "martlet.rules.yml").write_text((CONTRIB / "prometheus/martlet.rules.yml").read_text())
    with open(tmp_path / "log", "w", encoding="utf-8") as log:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={tmp_path}/prometheus.yml", f"--storage.tsdb.path={tmp_path}/tsdb",
             f"--web.listen-address=127.0.0.1:{port}"], stderr=log, stdout=log)
    try:
        def query(expression):
            path = "/api/v1/query?" + urllib.parse.urlencode({"query": expression})
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
                    return json.load(answer)["data"]["result"]
            except OSError:
                return []

        up = wait_for("a scrape", lambda: query('up{job="martlet"} == 1'))
        assert up[0]["value"][1] == "1"
        found = query('martlet_build_info{version!=""}')
        assert found and found[0]["metric"]["version"]
        # Everything that the broker tells has arrived, under the name that it has there.
        told = {match[1] for match in re.finditer(r"^([a-z_]+)", metrics(martlet)[1], re.M)}
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/label/__name__/values", timeout=30) as answer:
            assert told <= set(json.load(answer)["data"])
        rules = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/rules", timeout=30).read())
        assert all(rule["health"] in ("ok", "unknown") for group in rules["data"]["groups"] for rule in group["rules"])
    finally:
        prometheus.terminate()
        prometheus.wait(60)


def test_alerts_and_grafana_ask_for_metrics_that_there_are(martlet):
    told = set(re.findall(r"^([a-z_]+)", metrics(martlet)[1], re.M))
    grafana = json.loads((CONTRIB / "grafana/martlet.json").read_text())
    expressions = [target["expr"] for panel in grafana["panels"] for target in panel.get("targets", [])]
    rules = (CONTRIB / "prometheus/martlet.rules.yml").read_text()
    # Those that come with the first event, or with TLS.
    later = {"martlet_connect_total", "martlet_disconnect_total", "martlet_store_failures_total",
             "martlet_store_commit_seconds_bucket", "martlet_store_commit_seconds_count",
             "martlet_store_commit_seconds_sum", "martlet_publish_refused_total", "martlet_session_ended_total",
             "martlet_connection_dropped_total", "martlet_store_batch_operations_sum",
             "martlet_store_batch_operations_count", "martlet_certificate_expiry_seconds"}
    wanted = set(re.findall(r"\b((?:martlet|process)_[a-z_]+)", "\n".join(expressions) + rules))
    assert expressions and wanted - told - later == set()
