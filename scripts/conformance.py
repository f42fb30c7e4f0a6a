#!/usr/bin/env python3
"""Runs martlet conformance against this broker and against Mosquitto, and writes docs/conformance-runs.json.

docs/conformance.md is made from it: MARTLET_RENEW=1 swift test --filter ConformanceRenewal.
"""
import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Tests", "Interop"))

import broker as brokers  # noqa: E402


def run(running):
    tcp = running.addresses["tcp"]
    done = subprocess.run(
        brokers.martlet("conformance", f"mqtt://{tcp.host}:{tcp.port}", "--json"), stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)


def version_of_mosquitto():
    program = "/usr/sbin/mosquitto" if os.path.exists("/usr/sbin/mosquitto") else "mosquitto"
    text = subprocess.run([program, "-h"], stdout=subprocess.PIPE, text=True, check=False).stdout
    return "Mosquitto " + re.search(r"version ([\d.]+)", text)[1]


def main():
    os.chdir(ROOT)
    reports = {}
    for kind, name in ((brokers.Martlet, "Martlet"), (brokers.Mosquitto, version_of_mosquitto())):
        running = kind()
        try:
            reports[name] = run(running)
        finally:
            running.stop()
        print(f"{name}: {reports[name]['passed']} of {reports[name]['checks']}")
    rows = []
    for row, *others in zip(*(report["rows"] for report in reports.values())):
        verdicts = [
            None if one["verdict"] == "passed" else f"{one['verdict']}: {one['reason']}" for one in (row, *others)]
        # Names that a run has made up do not belong into a document.
        verdicts = [verdict and re.sub(r"conformance-\w+-\d+", "...", verdict) for verdict in verdicts]
        rows.append({key: row[key] for key in ("mqtt", "group", "name", "statements")} | {"verdicts": verdicts})
    with open("docs/conformance-runs.json", "w", encoding="utf-8") as file:
        lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in rows)
        file.write('{\n "brokers": ' + json.dumps(list(reports)) + ',\n "rows": [\n' + lines + "\n ]\n}\n")


main()
