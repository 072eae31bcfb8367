#!/bin/bash
# check_accuracy.sh [SEED...]: the mlp preset reaches a test accuracy of 88.5 % on Fashion-MNIST within 10 epochs from
# each seed (by default 1 to 5), in less than 60 s of one core.
set -euo pipefail
cd "$(dirname "$0")/.."

tool=build/release/tools/treadle/treadle
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

seeds=("$@")
((${#seeds[@]})) || seeds=(1 2 3 4 5)
# check_seed SEED: trains and looks at the log, which has a line for each epoch, and at the processor time.
check_seed() {
  local TIMEFORMAT=%U seconds
  seconds=$({ time "$tool" train --data /usr/share/datasets/fashion-mnist --model mlp --epochs 10 --threads 1 \
    --seed "$1" --out "$folder/$1" --log "$folder/$1.log" --quiet >&2; } 2>&1) || { echo "$seconds"; return 1; }
  awk -v seed="$1" -v seconds="$seconds" '
    match($0, /"validation_accuracy":[0-9.eE+-]+/) { accuracy = substr($0, RSTART + 22, RLENGTH - 22) + 0 }
    END {
      printf "seed %d: %.2f %% after %d epochs, %.1f s\n", seed, 100 * accuracy, NR, seconds
      exit !(NR == 10 && accuracy >= 0.885 && seconds < 60)
    }' "$folder/$1.log"
}

# Two at a time, each on its core.
failed=0
for ((i = 0; i < ${#seeds[@]}; i += 2)); do
  runs=()
  for seed in "${seeds[@]:i:2}"; do
    check_seed "$seed" &
    runs+=($!)
  done
  for run in "${runs[@]}"; do wait "$run" || failed=1; done
done
exit "$failed"
