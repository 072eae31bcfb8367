#!/bin/bash
# check_firmware_test.sh CHECK TRAINING INFERENCE: the check refuses what is too large by a byte, and training in an inference.
set -euo pipefail
check=$1 training=$2 inference=$3
expect() {  # last line of the output, command...
  local output
  if output=$("${@:2}"); then echo "accepted: ${*:2}"; exit 1; fi
  [[ $(tail -1 <<<"$output") == "$1" ]] || { echo "expected '$1' from ${*:2}, got: $output"; exit 1; }
}
read -r flash ram < <("$check" "$training" 999999 999999 | sed -nE 's/^flash ([0-9]+) .* RAM ([0-9]+) .*/\1 \2/p')
"$check" "$training" "$flash" "$ram" >/dev/null
expect "too much flash" "$check" "$training" $((flash - 1)) "$ram"
expect "too much RAM" "$check" "$training" "$flash" $((ram - 1))
expect "$training has code for training" "$check" --inference-only "$training" 999999 999999
"$check" --inference-only "$inference" 999999 999999 >/dev/null
echo "found all that it has to find"
