#!/usr/bin/env bash
# How the release build behaves where there is much: scripts/scale.sh [PART...], see scripts/scale.py
# BENCH_DIR holds the load generator's source, as for scripts/bench.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bench=${BENCH_DIR:-../shared/bench}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$bench/mqttload.c" "$bench/Makefile" "$work"
make -s -C "$work" mqttload
MQTTLOAD=$work/mqttload python3 scripts/scale.py "$@"
