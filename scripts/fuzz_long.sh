#!/bin/bash
# fuzz_long.sh HOURS FORMAT...: lets the fuzz target of each format, one after the other, use so many hours of CPU time, of
# what nothing else wants. It can be stopped at any time and goes on where it was: build/clang/fuzz_long has the inputs
# that were found, and in FORMAT.cpu the seconds that were used. Ends at the first failure. CONTRIBUTING.md has a table.
set -euo pipefail
. "$(dirname "$0")/common.sh"
hours=${1:?expected the hours of CPU time for each format} slice=120
shift

configure clang
build clang --target "${@/#/fuzz_}"
folder=build/clang/fuzz_long
mkdir -p "$folder"

# used FORMAT: the seconds so far.
used() { cat "$folder/$1.cpu" 2>/dev/null || echo 0; }

# What waits for the processor takes long by the clock, hence the long time limit of an input.
run_slice() {
  nice -n 19 chrt -i 0 "build/clang/tests/fuzz/fuzz_$1" -max_total_time=$slice -timeout=600 $fuzz_limits \
    -artifact_prefix="$folder/$1-" "$folder/$1" "tests/fuzz/corpus/$1" >"$folder/$1.log" 2>&1
}

for format; do
  mkdir -p "$folder/$format"
  until awk "BEGIN { exit !($(used "$format") >= 3600 * $hours) }"; do
    before=$(used "$format") TIMEFORMAT='%U %S'
    seconds=$({ time run_slice "$format"; } 2>&1) || { tail -40 "$folder/$format.log"; exit 1; }
    awk -v before="$before" '{ print before + $1 + $2 }' <<<"$seconds" >"$folder/$format.cpu"
  done
  echo "fuzz_$format: $(used "$format") s of CPU time"
done
