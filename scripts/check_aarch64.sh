#!/bin/bash
# check_aarch64.sh [--all]: trains the presets mlp and cnn on an emulated AArch64 and compares the trained weights with
# those of this machine's AVX2, byte for byte. Each CPU model has its own number of threads; --all takes each with each.
set -euo pipefail
. "$(dirname "$0")/common.sh"

scripts/install_dependencies.sh build data arm64
[[ -x build/release/tools/treadle/treadle ]] || { configure release && build release --target treadle_tool; }
configure aarch64
build aarch64 --target treadle_tool

ways=("cortex-a53 1" "neoverse-n1 2")
if [[ ${1:-} == --all ]]; then ways+=("cortex-a53 2" "neoverse-n1 1"); fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
scripts/fashion_mnist_subset.sh "$folder" 2000 10

# train COMMAND...: the hash of the weights.
train() {
  "$@" train --data "$folder" --model "$model" --limit 2000 --batch-size 32 --epochs 1 --seed 1 \
    --threads "$threads" --out "$folder/weights" --quiet
  sha256sum <"$folder/weights" | cut -d ' ' -f 1
}

for model in mlp cnn; do
  threads=1
  expected=$(TREADLE_ISA=avx2 train build/release/tools/treadle/treadle)
  for way in "${ways[@]}"; do
    read -r cpu threads <<<"$way"
    begin=$SECONDS
    actual=$(train qemu-aarch64 -L / -cpu "$cpu" build/aarch64/tools/treadle/treadle)
    if [[ $actual != "$expected" ]]; then
      echo "$model: AArch64 ($cpu, $threads threads) gives other bits ($actual) than AVX2 ($expected)"
      exit 1
    fi
    echo "$model: AArch64 ($cpu, $threads threads) gives AVX2's bits, $expected ($((SECONDS - begin)) s)"
  done
done
