#!/usr/bin/env python3
"""House rules that no compiler knows. Prints every breach, then fails if there was one."""
import os
import re
import subprocess
import sys

LONGEST_FILE = 400
SOURCE = (".swift", ".py", ".sh")

# Module -> imports that its place in the architecture forbids (see ARCHITECTURE.md).
OUTSIDE_WORLD = {"Foundation", "FoundationEssentials", "Dispatch", "Glibc", "Darwin", "Musl", "NIOPosix"}
FORBIDDEN_IMPORTS = {
    "MQTTCodec": OUTSIDE_WORLD | {"MQTTEngine", "MQTTTransport", "MQTTBroker"},
    "MQTTEngine": OUTSIDE_WORLD | {"MQTTTransport", "MQTTBroker"},
    "MQTTTransport": {"MQTTEngine", "MQTTBroker", "NIOSSL"},
    "MQTTTLS": {"MQTTEngine", "MQTTBroker"},
    "MQTTClient": {"Foundation", "FoundationEssentials", "Dispatch", "MQTTEngine", "MQTTBroker"},
    "MQTTScram": {"MQTTCodec", "MQTTEngine", "MQTTTransport", "MQTTBroker", "Dispatch", "NIOPosix"},
    "MQTTConformance": {"Foundation", "FoundationEssentials", "Dispatch", "MQTTEngine", "MQTTBroker"},
    "MQTTAuth": {"MQTTBroker", "MQTTTransport"},
    "MQTTStorage": {"MQTTBroker", "MQTTTransport"},
    "MQTTManagement": {"MQTTEngine", "MQTTAuth", "MQTTStorage"},
    "MQTTSimulator": {"Foundation", "Dispatch", "NIOPosix", "MQTTBroker", "MQTTTransport"},
}

# Library -> the packages and modules that a program with it must not have to build, however far away they are.
FREE_OF = {
    "MQTTClient": {
        "GRDB.swift", "hummingbird", "async-http-client", "jwt-kit", "Yams", "swift-argument-parser", "hdrhistogram-swift",
        "MQTTBroker", "MQTTEngine", "MQTTStorage", "MQTTAuth", "MQTTManagement"},
    "MQTTCodec": {"swift-nio-ssl", "swift-crypto", "swift-nio-extras", "MQTTBroker", "MQTTEngine", "MQTTTransport"},
    "MQTTBroker": {"GRDB.swift", "hummingbird", "async-http-client", "jwt-kit", "Yams", "MQTTStorage", "MQTTAuth", "MQTTClient"},
}

# What -> where it is forbidden -> why.
FORBIDDEN_TEXT = [
    (re.compile(r"\b(TODO|FIXME|XXX)\b(?!\()"), r"\.(swift|py|sh|c)$",
     "a TODO needs an owner, as TODO(name), or better an issue"),
    (re.compile(r"\btry!|\bas!"), r"^Sources/.*\.swift$", "say what happens otherwise"),
    (re.compile(r"unsafeFlags|-Ounchecked"), r"^Package\.swift$", "a network daemon keeps its bounds checks"),
    (re.compile(r"\bfatalError\(\"(not|un)[ -]?implemented", re.I), r"^Sources/", "unfinished"),
]
UNCHECKED = re.compile(r"@unchecked Sendable|nonisolated\(unsafe\)")
IMPORT = re.compile(r"^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package |public |internal |private )?import (?:\w+ )?(\w+)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*?)\s*$", re.M)


def files():
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True, capture_output=True)
    return sorted({name for name in listed.stdout.decode().split("\0") if name and os.path.isfile(name)})


def tracked_build_products():
    listed = subprocess.run(["git", "ls-files", "-z"], check=True, capture_output=True).stdout.decode().split("\0")
    return [name for name in listed if re.search(r"(^|/)(Package\.resolved$|\.build[^/]*/|__pycache__/)", name)]


def anchors(text):
    """The names GitHub gives to headings."""
    found = set()
    for heading in HEADING.findall(re.sub(r"```.*?```", "", text, flags=re.S)):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\]\([^)]*\)|[`*\[]", "", heading).lower()).replace(" ", "-")
        found.add(name)
    return found


def check_markdown(name, text, complain):
    for target in LINK.findall(re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.S)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        full = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
        if not os.path.exists(full):
            complain(name, f"link to {target}, which is not there")
        elif anchor and full.endswith(".md"):
            with open(full, encoding="utf-8") as other:
                if anchor not in anchors(other.read()):
                    complain(name, f"link to {target}: no such heading")


def check_snippets(name, text, tests, complain):
    """Code in DocC articles has to be in a test, line by line, so that it compiles and works."""
    for block in re.findall(r"```swift\n(.*?)```", text, flags=re.S):
        wanted = "\n".join(line.strip() for line in block.splitlines() if line.strip())
        if not any(wanted in test for test in tests):
            complain(name, f"code that is in no test: {wanted.splitlines()[0]}")


def check_swift(name, lines, complain):
    parts = name.split("/")
    forbidden = FORBIDDEN_IMPORTS.get(parts[1], set()) if parts[0] == "Sources" else set()
    for number, line in enumerate(lines, 1):
        imported = IMPORT.match(line)
        if imported and imported[1] in forbidden:
            complain(f"{name}:{number}", f"{parts[1]} must not import {imported[1]}")
        if UNCHECKED.search(line) and not line.lstrip().startswith("//"):
            nearby = lines[max(0, number - 4):number]
            if not any("//" in other for other in nearby):
                complain(f"{name}:{number}", "unchecked concurrency needs a comment that says why it is safe")


def builds(package, library):
    """The targets and packages that a library needs, from the text of Package.swift."""
    products = {name: origin for name, origin in re.findall(
        r'let (\w+): Target\.Dependency = \.product\(\s*name: "[^"]*", package: "([^"]*)"', package)}
    targets = {name: needs for name, needs in re.findall(
        r'\.target\(\s*name: "(\w+)",\s*dependencies: \[(.*?)\]', package, re.S)}
    found, waiting = set(), [library]
    while waiting:
        needs = targets[waiting.pop()]
        found |= set(re.findall(r'package: "([^"]*)"', needs))
        rest = re.sub(r"\.product\([^)]*\)", "", needs)
        found |= {products[name] for name in re.findall(r"\b([a-z]\w*)\b", rest) if name in products}
        for name in re.findall(r'"(\w+)"', rest):
            if name in targets and name not in found:
                waiting.append(name)
            found.add(name)
    return found


def check_package(text, complain):
    for library, forbidden in FREE_OF.items():
        for name in sorted(builds(text, library) & forbidden):
            complain("Package.swift", f"whoever uses {library} would have to build {name}")


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
    breaches = []

    def complain(where, what):
        breaches.append(f"{where}: {what}")

    for name in tracked_build_products():
        complain(name, "is made by a build and must not be committed")

    tests = []
    for name in files():
        if name.startswith("Tests/") and name.endswith(".swift"):
            with open(name, encoding="utf-8") as file:
                tests.append("\n".join(line.strip() for line in file if line.strip()))

    checked = 0
    for name in files():
        if not name.endswith(SOURCE + (".md", "Makefile")) and not name.startswith((".ci/", "scripts/")):
            continue
        with open(name, encoding="utf-8", errors="replace") as file:
            text = file.read()
        checked += 1
        lines = text.splitlines()
        if name.endswith(SOURCE) and len(lines) > LONGEST_FILE:
            complain(name, f"{len(lines)} lines; {LONGEST_FILE} is the most")
        if name != "scripts/check-tree.py":
            for pattern, where, why in FORBIDDEN_TEXT:
                if re.search(where, name):
                    for number, line in enumerate(lines, 1):
                        if found := pattern.search(line):
                            complain(f"{name}:{number}", f"'{found[0]}': {why}")
        if name.endswith(".md"):
            check_markdown(name, text, complain)
            if ".docc/" in name:
                check_snippets(name, text, tests, complain)
        elif name == "Package.swift":
            check_package(text, complain)
        elif name.endswith(".swift"):
            check_swift(name, lines, complain)

    print("\n".join(breaches), file=sys.stderr, end="\n" if breaches else "")
    print(f"checked {checked} files against the house rules: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
