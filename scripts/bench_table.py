#!/usr/bin/env python3
"""The results of compare.py beside what Martlet aims at: scripts/bench_table.py RESULTS.json...

Rows are scenarios; values are medians of the broker's CPU time for each delivered message or connection, in
microseconds, and for `idle` resident bytes for each connection. An aim is met where Martlet takes no more than it, or no
more of what Mosquitto took in the same run than the aim's ratio: a machine that is slower is so for both.
"""
import json
import os
import statistics
import sys

AIMS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bench-aims.json")


def value(runs, scenario, key=None):
    key = key or ("rss_bytes_per_connection" if scenario == "idle" else "cpu_us_per_message")
    passed = [run for run in runs if not run["status"]]
    found = [run["broker"][key] for run in passed if run.get("broker", {}).get(key) is not None]
    return statistics.median(found) if found else None


def latency(runs):
    return statistics.median(run["latency_us"]["p99"] / 1000 for run in runs if run.get("latency_us"))


def text(number):
    return "-" if number is None else f"{number:,.0f}" if number >= 100 else f"{number:.2f}"


def main():
    with open(AIMS) as file:
        aims = json.load(file)
    rows = {}
    for name in sys.argv[1:]:
        with open(name) as file:
            for entry in json.load(file):
                rows.setdefault(entry["scenario"], {})[entry["broker"]] = entry["runs"]
    print("| scenario | Mosquitto | Martlet | aim | ratio | aim's ratio | | p99, ms: Mosquitto, Martlet |")
    print("|---|---:|---:|---:|---:|---:|---|---|")
    for scenario, brokers in rows.items():
        theirs, ours = (value(brokers.get(name, []), scenario) for name in ("mosquitto", "martlet"))
        aim = aims.get(scenario, {})
        ratio = ours / theirs if ours and theirs else None
        is_met = ours is not None and aim and (ours <= aim["aim"] or ratio is not None and ratio <= aim.get("ratio", 0))
        verdict = "" if not aim else "met" if is_met else "**missed**"
        paced = scenario.startswith(("paced", "latency")) and all(brokers.get(n) for n in ("mosquitto", "martlet"))
        p99 = f"{latency(brokers['mosquitto']):.2f}, {latency(brokers['martlet']):.2f}" if paced else ""
        shown = f"{ratio:.3f}" if ratio is not None else "-"
        print(f"| {scenario} | {text(theirs)} | {text(ours)} | {text(aim.get('aim'))} | {shown} | {aim.get('ratio', '-')} "
              f"| {verdict} | {p99} |")


if __name__ == "__main__":
    main()
