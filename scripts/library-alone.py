#!/usr/bin/env python3
"""Builds a package that depends on this one and imports one library, and lists what had to be compiled for it.

    python3 scripts/library-alone.py [--library MQTTClient] [--keep DIRECTORY]

Fails when that is more than scripts/check-tree.py allows: there the same is read off Package.swift, without building. It
compiles everything anew, which takes minutes; with --keep the second time takes seconds.
"""
import argparse
import importlib.util
import os
import re
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

# The modules of the packages that check-tree.py names.
MODULES = {
    "GRDB.swift": {"GRDB", "GRDBSQLite"}, "hummingbird": {"Hummingbird", "HummingbirdCore"},
    "async-http-client": {"AsyncHTTPClient", "CAsyncHTTPClient"}, "jwt-kit": {"JWTKit"}, "Yams": {"Yams", "CYaml"},
    "swift-argument-parser": {"ArgumentParser"}, "hdrhistogram-swift": {"Histogram"}, "swift-nio-ssl": {"NIOSSL"},
    "swift-crypto": {"Crypto"}, "swift-nio-extras": {"NIOExtras"},
}

USES = {
    "MQTTClient": """
        let client = MQTTClient(try ClientConfiguration("mqtt://127.0.0.1:1883"))
        print(await client.isConnected)
        """,
    "MQTTCodec": "print(MQTTString(\"a\").count)",
    "MQTTBroker": "print(await Broker(configuration: BrokerConfiguration(listeners: [])).listeners.count)",
}


def rules():
    """What check-tree.py says."""
    spec = importlib.util.spec_from_file_location("check_tree", os.path.join(ROOT, "scripts", "check-tree.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.FREE_OF


def write(place, name, text):
    path = os.path.join(place, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def build(place, library):
    write(place, "Package.swift", f"""// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "alone",
    platforms: [.macOS(.v15)],
    dependencies: [.package(path: "{ROOT}")],
    targets: [
        .executableTarget(
            name: "alone", dependencies: [.product(name: "{library}", package: "{os.path.basename(ROOT)}")])
    ]
)
""")
    write(place, "Sources/alone/main.swift", f"import {library}\n\n{USES[library]}\n")
    subprocess.run(["swift", "build", "--package-path", place], check=True)
    products = subprocess.run(
        ["swift", "build", "--package-path", place, "--show-bin-path"], check=True, capture_output=True, text=True
    ).stdout.strip()
    subprocess.run([os.path.join(products, "alone")], check=True)
    return set(objects(products)) - {"alone"}


def objects(products):
    """The modules that there are object files of; every module of every package has a folder."""
    for name in os.listdir(products):
        found = re.fullmatch(r"(\w+)(?:-tool)?\.build", name)
        if found and any(file.endswith(".o") for _, _, files in os.walk(os.path.join(products, name)) for file in files):
            yield found[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", choices=USES, default="MQTTClient")
    parser.add_argument("--keep", help="build there, and leave what was built")
    options = parser.parse_args()
    forbidden = {module for name in rules()[options.library] for module in MODULES.get(name, {name})}
    with tempfile.TemporaryDirectory() as place:
        compiled = build(options.keep or place, options.library)
    assert options.library in compiled, "nothing was compiled"
    print(f"{options.library} alone compiles {len(compiled)} modules: {', '.join(sorted(compiled))}")
    if breaches := sorted(compiled & forbidden):
        sys.exit(f"it must do without {', '.join(breaches)}")


main()
