#!/usr/bin/env bash
# Runs the tests of the dashboard in Chromium: scripts/dashboard.sh [options of pytest]
# MARTLET names the program under test; screenshots go to SCREENSHOTS, else .build-dashboard/screenshots.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

venv=.build-dashboard/venv
wanted=$(cksum <Tests/Dashboard/requirements.txt)
if [ "$(cat $venv/.ready 2>/dev/null || true)" != "$wanted" ]; then
    rm -rf $venv
    python3 -m venv $venv
    $venv/bin/pip install --quiet --disable-pip-version-check --no-input --requirement Tests/Dashboard/requirements.txt
    printf '%s\n' "$wanted" >$venv/.ready
fi

MARTLET=${MARTLET:-$(swift build --show-bin-path)/martlet}
export MARTLET
exec $venv/bin/python -m pytest Tests/Dashboard -p no:cacheprovider -q "$@"
