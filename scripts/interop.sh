#!/usr/bin/env bash
# Runs the interoperability tests: scripts/interop.sh [options of pytest]
# MARTLET names the program under test; INTEROP_BROKER=mosquitto checks the tests themselves.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.build-interop/venv
wanted=$(cksum <Tests/Interop/requirements.txt)
if [ "$(cat $venv/.ready 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf $venv
    python3 -m venv $venv
    $venv/bin/pip install --quiet --disable-pip-version-check --no-input --requirement Tests/Interop/requirements.txt
    printf '%s\n' "$wanted" >$venv/.ready
fi

MARTLET=${MARTLET:-$(swift build --show-bin-path)/martlet}
export MARTLET
exec $venv/bin/python -m pytest Tests/Interop -c Tests/Interop/pytest.ini "$@"
