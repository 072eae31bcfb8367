#!/bin/bash
# run_fuzzers.sh SECONDS [AT_ONCE]: runs each fuzz target so long with libFuzzer, two at a time if not said, beginning with
# its corpus. What it finds is left in build/clang/fuzz/<format>. Fails when a target fails.
set -euo pipefail
. "$(dirname "$0")/common.sh"
seconds=${1:?expected the seconds for each fuzz target}

configure clang
targets=()
for source in tests/fuzz/fuzz_*.cpp; do targets+=("$(basename "$source" .cpp)"); done
build clang --target "${targets[@]}"

# fuzz TARGET: new inputs go to a folder of its own, not into the corpus.
fuzz() {
  local target=$1 format=${1#fuzz_} found=build/clang/fuzz/${1#fuzz_}
  mkdir -p "$found"
  if ! "build/clang/tests/fuzz/$target" -max_total_time="$seconds" -timeout=10 $fuzz_limits -print_final_stats=1 \
    -artifact_prefix="$found/" "$found" "tests/fuzz/corpus/$format" >"$found.log" 2>&1; then
    tail -40 "$found.log"
    echo "$target FAILED; its output is in $found.log"
    return 1
  fi
  echo "$target passed, $(sed -n 's/^stat::number_of_executed_units: *//p' "$found.log") inputs"
}
export -f fuzz
export seconds
printf '%s\n' "${targets[@]}" | xargs -P "${2:-2}" -I{} bash -c 'fuzz {}'
