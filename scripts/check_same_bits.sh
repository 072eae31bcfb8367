#!/bin/bash
# check_same_bits.sh [TOOL...]: the file of trained weights is the same, byte for byte, for each tool (by default the
# one built with g++ and the one built with clang), number of threads, instruction set and micro-batch.
set -euo pipefail
. "$(dirname "$0")/common.sh"

tools=("$@")
((${#tools[@]})) || tools=(build/release/tools/treadle/treadle build/clang/tools/treadle/treadle)
fashion_mnist=/usr/share/datasets/fashion-mnist
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

awkward_samples >"$folder/awkward.csv"
mapfile -t isas < <(runnable_isas "${tools[0]}")

# same NAME OPTIONS OF treadle train...: trains in every way and compares with the first.
same() {
  local name=$1 reference= runs=0 tool isa variation sum
  shift
  for tool in "${tools[@]}"; do
    for isa in "${isas[@]}"; do
      for variation in "--threads 1" "--threads 2" "--threads 4" "--threads 1 --micro-batch 1" \
        "--threads 2 --micro-batch 7" "--threads 4 --micro-batch 32"; do
        # Scalar code is slow without an FMA instruction, and what varies here is the same code for every instruction set.
        [[ $isa == scalar && ($variation != "--threads 2"* || $name == fashion-mnist || $name == cnn) ]] && continue
        # The variation is meant to be split.
        # shellcheck disable=SC2086
        TREADLE_ISA=$isa "$tool" train "$@" --seed 1 $variation --out "$folder/model" --quiet
        sum=$(sha256sum <"$folder/model")
        runs=$((runs + 1))
        if [[ -z $reference ]]; then
          reference=$sum
        elif [[ $sum != "$reference" ]]; then
          echo "$name: other bits with $tool, TREADLE_ISA=$isa, $variation"
          return 1
        fi
      done
    done
  done
  ((runs >= 2)) || { echo "$name: $runs runs, nothing to compare"; return 1; }
  echo "$name: $runs runs, all ${reference%% *}"
}

same awkward --data "$folder/awkward.csv" --epochs 3 --batch-size 47 --optimizer nesterov
same awkward-adam --data "$folder/awkward.csv" --epochs 3 --batch-size 50 --optimizer adam
if [[ -d $fashion_mnist ]]; then
  same cnn --data "$fashion_mnist" --model cnn --limit 200 --epochs 2 --batch-size 47 --optimizer adam
  same fashion-mnist --data "$fashion_mnist" --limit 3000 --epochs 3 --batch-size 128 --optimizer adamw
else
  echo "skipped: fashion-mnist (package dataset-fashion-mnist)"
fi
