#!/usr/bin/env bash
# Compares the release build with Debian's Mosquitto: scripts/bench.sh [options of compare.py]
# BENCH_DIR holds mqttload.c, its Makefile, compare.py and aims.json; BENCH_PLAN is another plan than aims.json.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bench=${BENCH_DIR:-../shared/bench}
for file in mqttload.c Makefile compare.py aims.json; do
    if [ ! -f "$bench/$file" ]; then
        echo "bench: $bench/$file is not there. Set BENCH_DIR to the folder of the load generator." >&2
        exit 1
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -R "$bench/." "$work"
chmod -R u+w "$work"
make -s -C "$work" mqttload

PATH=$PATH:/usr/sbin python3 "$work/compare.py" "${BENCH_PLAN:-$work/aims.json}" --out "$work/results.json" "$@" || status=$?
printf '\nµs of CPU of the broker for each delivery or connection, resident bytes for each idle one:\n\n'
python3 scripts/bench_table.py "$work/results.json"
exit "${status:-0}"
