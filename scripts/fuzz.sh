#!/usr/bin/env bash
# Fuzzes one target or all of them, one after the other: scripts/fuzz.sh [TARGET] [SECONDS]
# TARGET is frames, packets, properties, topics, connections or all; SECONDS are for each, 20 if not said.
# SEED replays a run; ADDRESS=1 looks for memory errors too, several times slower.
# One process at a time, with bounded memory and at most 10 s for each input.
set -euo pipefail
cd "$(dirname "$0")/.."

targets=(frames packets properties topics connections)
target=${1:-all}
seconds=${2:-20}
seed=${SEED:-$((RANDOM * 32768 + RANDOM + 1))}
if [ "$target" != all ]; then
    case " ${targets[*]} " in
    *" $target "*) targets=("$target") ;;
    *)
        echo "fuzz: no target '$target'; there are: ${targets[*]}" >&2
        exit 64
        ;;
    esac
fi

sanitizers=fuzzer
scratch=.build-fuzz
memory=1024
if [ -n "${ADDRESS:-}" ]; then
    sanitizers=fuzzer,address
    scratch=.build-fuzz-address
    memory=2048
    # Swift's runtime keeps what it has made for good.
    export ASAN_OPTIONS=detect_leaks=0
fi

# Assertions stay on although the code is optimised: they are what a fuzzer looks for.
build=(swift build -c release --scratch-path "$scratch" --product martlet-fuzz
    -Xswiftc "-sanitize=$sanitizers" -Xswiftc -assert-config -Xswiftc Debug -Xswiftc -use-ld=lld)
MARTLET_FUZZ=1 "${build[@]}" >&2
program=$(MARTLET_FUZZ=1 "${build[@]}" --show-bin-path)/martlet-fuzz

# Swift's own report of a crash would keep libFuzzer from saving the input.
export SWIFT_BACKTRACE=enable=no
for name in "${targets[@]}"; do
    # What a run finds stays out of the tree; Fuzz/corpus holds what was chosen from it.
    found=$scratch/corpus/$name
    crashes=$scratch/crashes/$name
    mkdir -p "$found" "$crashes" "Fuzz/corpus/$name"
    echo "fuzz: $name for $seconds s, SEED=$seed"
    if ! MARTLET_FUZZ_TARGET=$name "$program" "$found" "Fuzz/corpus/$name" \
        -seed="$seed" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=$memory -malloc_limit_mb=256 \
        -max_len=1024 -dict=Fuzz/mqtt.dict -artifact_prefix="$crashes/" -print_final_stats=1 \
        >"$crashes/log" 2>&1; then
        grep -vE '^#[0-9]|^"|^ +#' "$crashes/log" | tail -n 20 >&2
        echo "fuzz: $name failed, SEED=$seed; the input is in $crashes, the whole log in $crashes/log" >&2
        echo "fuzz: to see it again: MARTLET_FUZZ_TRACE=1 MARTLET_FUZZ_TARGET=$name $program INPUT" >&2
        exit 1
    fi
    grep -E '^stat::(number|average|peak)' "$crashes/log"
done
