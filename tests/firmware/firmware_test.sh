#!/bin/bash
# firmware_test.sh [--memory-filled] EXPECTED COMMAND...: the command's output has the lines of the file EXPECTED, in their
# order: losses and weights, bit by bit. Other lines say what differs between boards; with --memory-filled the one of the
# step says that it takes all of its memory, which was measured on another machine.
set -euo pipefail
filled=
if [[ $1 == --memory-filled ]]; then filled=yes && shift; fi
expected=$1
shift
output=$("$@" 2>&1) || { echo "$output"; echo "$* failed"; exit 1; }
echo "$output"
diff <(grep -E '^(iteration|weights|recognised)' <<<"$output") "$expected" || { echo "expected (>) other bits"; exit 1; }
[[ -z $filled ]] || grep -qxE 'step: ([0-9]+) of \1 bytes' <<<"$output" || { echo "expected all of the memory"; exit 1; }
