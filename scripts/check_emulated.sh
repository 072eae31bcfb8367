#!/bin/bash
# check_emulated.sh aarch64|armhf [--all]: trains the presets mlp and cnn on an emulated ARM board and compares the trained
# weights with those of this machine's AVX2, and AVX-512 where it has that, byte for byte. Each CPU model has its own
# number of threads; --all takes each with each. NEON of armhf gives these bits as long as no subnormal number arises, as
# here. A Cortex-A8 or A9, which has no fused multiply-add, takes the scalar kernels, and says so to who asks for NEON.
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

# train MODEL SAMPLES THREADS COMMAND...: the hash of the weights.
train() {
  local weights
  weights=$(mktemp -p "$folder")
  "${@:4}" train --data "$folder" --model "$1" --limit "$2" --batch-size 32 --epochs 1 --seed 1 --threads "$3" \
    --out "$weights" --quiet
  sha256sum <"$weights" | cut -d ' ' -f 1
}

# on CPU ARGUMENTS...: the tool on this emulated CPU.
on() { "$emulator" -L "build/sysroot/$debian" -cpu "$1" "build/$preset/tools/treadle/treadle" "${@:2}"; }

# compare MODEL SAMPLES CPU THREADS EXPECTED: trains on this emulated CPU.
compare() {
  local begin=$SECONDS actual
  actual=$(train "$1" "$2" "$4" on "$3")
  if [[ $actual != "$5" ]]; then
    echo "$1: $preset ($3, $4 threads) gives other bits ($actual) than AVX2 ($5)"
    return 1
  fi
  echo "$1: $preset ($3, $4 threads) gives AVX2's bits, $5 ($((SECONDS - begin)) s)"
}

# Every way at once, on as many cores as there are.
running=()
for model in mlp cnn; do
  expected=$(TREADLE_ISA=avx2 train "$model" 2000 1 build/release/tools/treadle/treadle)
  if grep -qw avx512f /proc/cpuinfo; then
    wide=$(TREADLE_ISA=avx512 train "$model" 2000 1 build/release/tools/treadle/treadle)
    [[ $wide == "$expected" ]] || { echo "$model: AVX-512 gives other bits ($wide) than AVX2 ($expected)"; exit 1; }
  fi
  for way in "${ways[@]}"; do
    read -r cpu threads <<<"$way"
    compare "$model" 2000 "$cpu" "$threads" "$expected" &
    running+=($!)
  done
done
failed=0
if [[ $preset == armhf ]]; then
  # Scalar code is slow, where each multiply-add is a call of the C library.
  compare mlp 64 cortex-a8 1 "$(TREADLE_ISA=avx2 train mlp 64 1 build/release/tools/treadle/treadle)" &
  running+=($!)
  refusal=$(TREADLE_ISA=neon32 on cortex-a8 info 2>&1) && failed=1
  [[ $refusal == *"this CPU has no neon32; expected one of: scalar"* ]] || failed=1
  echo "neon32 on a cortex-a8: $refusal"
fi
for process in "${running[@]}"; do wait "$process" || failed=1; done
exit $failed
