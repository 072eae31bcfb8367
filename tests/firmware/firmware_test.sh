#!/bin/bash
# firmware_test.sh EXPECTED COMMAND...: the command's output has the lines of the file EXPECTED, in their order: losses and
# weights, bit by bit. Other lines say what differs between boards.
set -euo pipefail
expected=$1
shift
output=$("$@" 2>&1) || { echo "$output"; echo "$* failed"; exit 1; }
echo "$output"
diff <(grep -E '^(iteration|weights)' <<<"$output") "$expected" || { echo "expected (>) other bits"; exit 1; }
