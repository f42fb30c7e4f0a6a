#!/usr/bin/env bash
# The cost of access rules on the hot path: instructions of the broker for each message, without rules and with
# 1,000 of them, by callgrind. Needs valgrind and a release build; a quiet machine is not needed.
#
#   scripts/rule-cost.sh [PROGRAM] [SHAPE...]
set -euo pipefail

program=${1:-.build/release/martlet}
[ $# -gt 0 ] && shift
shapes=("$@")
[ ${#shapes[@]} -gt 0 ] || shapes=("p2p --qos 0" "p2p --qos 1" "fan-out --qos 0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

{
    for number in $(seq 1 499); do
        printf 'user user%d\ntopic readwrite house/%d/#\n' "$number" "$number"
    done
    for number in $(seq 1 499); do printf 'pattern readwrite devices/%%u/%d/+\n' "$number"; done
    printf 'pattern readwrite #\npattern deny secret/#\n'
} >"$folder/rules"

# Prints instructions and messages of one run.
run() {
    local rules=$1 seconds=$2
    shift 2
    valgrind --tool=callgrind --callgrind-out-file=/dev/null --log-file="$folder/valgrind" \
        "$program" serve --listen mqtt://127.0.0.1:0 --data "$folder/data" --durability memory --allow-anonymous \
        $rules 2>"$folder/log" &
    local broker=$! url=""
    for _ in $(seq 1 600); do
        url=$(grep -o 'mqtt://127.0.0.1:[0-9]*' "$folder/log" | tail -1) && [ -n "$url" ] && break
        sleep 0.1
    done
    "$program" bench "$@" --rate 0 --duration "$seconds" --url "$url" --json --quiet >"$folder/result"
    kill "$broker"
    wait "$broker" || true
    local instructions
    instructions=$(grep -o 'Collected : [0-9]*' "$folder/valgrind" | grep -o '[0-9]*$')
    echo "$instructions $(python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))["received"])' "$folder/result")"
}

for shape in "${shapes[@]}"; do
    declare -A cost
    for kind in none rules; do
        option=""
        [ $kind = none ] || option="--acl-file $folder/rules"
        # shellcheck disable=SC2086
        read -r first few <<<"$(run "$option" 3 $shape)"
        # shellcheck disable=SC2086
        read -r second many <<<"$(run "$option" 15 $shape)"
        cost[$kind]=$(((second - first) / (many - few)))
    done
    echo "$shape: ${cost[none]} instructions a message without rules, ${cost[rules]} with 1,000" \
        "($(((cost[rules] - cost[none]) * 1000 / cost[none])) per mille more)"
done
