#!/bin/bash
# check_emulated.sh aarch64|armhf [--all]: trains the presets mlp and cnn on an emulated ARM board and compares the trained
# weights with those of this machine's AVX2, byte for byte. Each CPU model has its own number of threads; --all takes
# each with each. NEON of armhf gives these bits as long as no subnormal number arises, as here.
set -euo pipefail
. "$(dirname "$0")/common.sh"

preset=${1:-}
case $preset in
  aarch64) debian=arm64 emulator=qemu-aarch64 cpus=(cortex-a53 neoverse-n1) ;;
  armhf) debian=armhf emulator=qemu-arm cpus=(cortex-a7 cortex-a15) ;;
  *) echo "usage: check_emulated.sh aarch64|armhf [--all]" >&2 && exit 2 ;;
esac
scripts/install_dependencies.sh build data "$debian"
[[ -x build/release/tools/treadle/treadle ]] || { configure release && build release --target treadle_tool; }
configure "$preset"
build "$preset" --target treadle_tool

ways=("${cpus[0]} 1" "${cpus[1]} 2")
if [[ ${2:-} == --all ]]; then ways+=("${cpus[0]} 2" "${cpus[1]} 1"); fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
scripts/fashion_mnist_subset.sh "$folder" 2000 10

# train MODEL THREADS COMMAND...: the hash of the weights.
train() {
  local weights
  weights=$(mktemp -p "$folder")
  "${@:3}" train --data "$folder" --model "$1" --limit 2000 --batch-size 32 --epochs 1 --seed 1 --threads "$2" \
    --out "$weights" --quiet
  sha256sum <"$weights" | cut -d ' ' -f 1
}

# compare MODEL CPU THREADS EXPECTED: trains on this emulated CPU.
compare() {
  local begin=$SECONDS actual
  actual=$(train "$1" "$3" "$emulator" -L "build/sysroot/$debian" -cpu "$2" "build/$preset/tools/treadle/treadle")
  if [[ $actual != "$4" ]]; then
    echo "$1: $preset ($2, $3 threads) gives other bits ($actual) than AVX2 ($4)"
    return 1
  fi
  echo "$1: $preset ($2, $3 threads) gives AVX2's bits, $4 ($((SECONDS - begin)) s)"
}

# Every way at once, on as many cores as there are.
running=()
for model in mlp cnn; do
  expected=$(TREADLE_ISA=avx2 train "$model" 1 build/release/tools/treadle/treadle)
  for way in "${ways[@]}"; do
    read -r cpu threads <<<"$way"
    compare "$model" "$cpu" "$threads" "$expected" &
    running+=($!)
  done
done
failed=0
for process in "${running[@]}"; do wait "$process" || failed=1; done
exit $failed
