#!/usr/bin/env python3
"""Instructions and allocations of the main paths, compared with what they may be: scripts/costs.py [PATH...]

Each path of martlet-costs is walked twice under valgrind, with different counts; what differs between the runs,
divided by the steps that differ, is what one step costs. That is exact: nothing else runs, and no clock is read.

    scripts/costs.py                 fails if a path costs more than 3 % more than scripts/costs.json says
    scripts/costs.py --renew         writes what they cost now into that file
    scripts/costs.py deliver-qos-1   one of them
    scripts/costs.py --profile deliver-qos-1   where its instructions go
"""
import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PROGRAM = os.path.join(ROOT, ".build/release/martlet-costs")
THRESHOLDS = os.path.join(ROOT, "scripts/costs.json")
COUNTS = (2_000, 6_000)
TOLERANCE = 0.03
ALLOCATORS = {"malloc", "calloc", "realloc", "aligned_alloc", "posix_memalign", "memalign"}


def toolchain():
    """Thresholds hold for one compiler and one kind of processor."""
    version = subprocess.run(["swift", "--version"], capture_output=True, text=True, check=True).stdout
    number = re.search(r"Swift version (\d+\.\d+)", version)[1]
    return f"Swift {number}, {platform.machine()}"


def stripped(folder):
    """Debian 12's valgrind cannot read the debug information that Swift 6 writes, and gives up: it gets none."""
    target = os.path.join(folder, "martlet-costs")
    subprocess.run(["objcopy", "--strip-debug", PROGRAM, target], check=True)
    return target


def run(program, path, count, folder):
    """Walks a path; returns the instructions of the process and how often it asked for memory."""
    out = os.path.join(folder, f"{path}.{count}")
    # Dictionaries hash by a seed of each process, else.
    environment = {**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"}
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", program, path, str(count)]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"costs: {' '.join(command)} failed:\n{result.stdout}{result.stderr}")
    with open(out) as file:
        return read(file)


def read(file):
    """A callgrind file: its total, and the calls of functions that allocate, but by each other."""
    instructions = allocations = 0
    names = {}
    caller = callee = None

    def name(text):
        number, _, given = text.partition(" ")
        return names.setdefault(number, given)

    for line in file:
        if line.startswith("fn="):
            caller = name(line[3:].strip())
        elif line.startswith("cfn="):
            callee = name(line[4:].strip())
        elif line.startswith("calls=") and callee in ALLOCATORS and caller not in ALLOCATORS:
            allocations += int(line[6:].split()[0])
        elif line.startswith("totals:"):
            instructions = int(line.split()[1])
    return instructions, allocations


def cost(program, path, folder):
    low, high = (run(program, path, count, folder) for count in COUNTS)
    steps = COUNTS[1] - COUNTS[0]
    return {"instructions": round((high[0] - low[0]) / steps, 1), "allocations": round((high[1] - low[1]) / steps, 2)}


def is_above(now, bound):
    """An allocation in fifty steps is what a table costs that grows."""
    return now > bound * (1 + TOLERANCE) + 0.02


def compare(costs, bounds):
    print(f"{'path':<24} {'instructions':>14} {'may be':>10} {'':>8} {'allocations':>12} {'may be':>8}")
    failures = []
    for path, now in costs.items():
        bound = bounds.get(path)
        if bound is None:
            failures.append(f"{path} has no threshold")
            continue
        change = now["instructions"] / bound["instructions"] - 1
        print(f"{path:<24} {now['instructions']:>14,.1f} {bound['instructions']:>10,.1f} {change:>+8.1%} "
              f"{now['allocations']:>12,.2f} {bound['allocations']:>8,.2f}")
        for what in ("instructions", "allocations"):
            if is_above(now[what], bound[what]):
                failures.append(f"{path}: {now[what]:,} {what}, {bound[what]:,} is the threshold")
        if change < -TOLERANCE:
            print(f"  {path} has become cheaper: record it with make costs ARGS=--renew")
    return failures


def profile(program, path, folder):
    run(program, path, COUNTS[1], folder)
    out = os.path.join(folder, f"{path}.{COUNTS[1]}")
    text = subprocess.run(["callgrind_annotate", out], capture_output=True, text=True, check=True).stdout
    text = subprocess.run(["swift", "demangle", "--simplified"], input=text, capture_output=True, text=True).stdout
    print("\n".join(line[:200] for line in text.splitlines()[:70]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", metavar="PATH")
    parser.add_argument("--renew", action="store_true", help="write the thresholds instead of comparing")
    parser.add_argument("--profile", metavar="PATH", help="show where the instructions of one path go")
    options = parser.parse_args()
    known = subprocess.run([PROGRAM], capture_output=True, text=True, check=True).stdout.split()
    for path in options.paths + [options.profile] * bool(options.profile):
        if path not in known:
            sys.exit(f"costs: there is no path '{path}'; there are {', '.join(known)}")
    with tempfile.TemporaryDirectory(prefix="costs-") as folder:
        program = stripped(folder)
        if options.profile:
            return profile(program, options.profile, folder)
        paths = options.paths or known
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            costs = dict(zip(paths, pool.map(lambda path: cost(program, path, folder), paths)))
    with open(THRESHOLDS) as file:
        thresholds = json.load(file)
    if options.renew:
        thresholds.setdefault(toolchain(), {}).update(costs)
        with open(THRESHOLDS, "w") as file:
            json.dump(thresholds, file, indent=2)
            file.write("\n")
    bounds = thresholds.get(toolchain())
    if bounds is None:
        sys.exit(f"costs: {THRESHOLDS} has nothing for {toolchain()}: on the state before your change, run make costs ARGS=--renew")
    failures = compare(costs, bounds)
    for failure in failures:
        print(f"costs: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
