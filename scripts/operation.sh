#!/usr/bin/env bash
# Runs the tests of what operators use, with the real tools: scripts/operation.sh [options of pytest]
# MARTLET names the program under test.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.build-operation/venv
wanted=$(cksum <Tests/Operation/requirements.txt)
if [ "$(cat $venv/.ready 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf $venv
    python3 -m venv $venv
    $venv/bin/pip install --quiet --disable-pip-version-check --no-input --requirement Tests/Operation/requirements.txt
    printf '%s\n' "$wanted" >$venv/.ready
fi

MARTLET=${MARTLET:-$(swift build --show-bin-path)/martlet}
export MARTLET
exec $venv/bin/python -m pytest Tests/Operation -p no:cacheprovider -q "$@"
