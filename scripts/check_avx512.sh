#!/bin/bash
# check_avx512.sh: on a machine without AVX-512, runs the kernels' tests and a training run with the AVX-512 kernels on an
# emulated CPU (scripts/emulate_avx512/run.sh) and compares the trained weights, byte for byte, with this machine's own.
# Where the CPU has AVX-512 the tests and check_same_bits.sh run it natively, and there is nothing to do here.
set -euo pipefail
. "$(dirname "$0")/common.sh"

if grep -qw avx512f /proc/cpuinfo; then
  echo "this CPU has AVX-512: the tests and check_same_bits.sh run it natively"
  exit 0
fi

scripts/install_dependencies.sh build data test avx512
configure static -D TREADLE_ISAS=avx512
build static --target test_simd test_kernels test_layers treadle_tool
[[ -x build/release/tools/treadle/treadle ]] || { configure release && build release --target treadle_tool; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Not what would take minutes there: matrix products of all shapes, whose bits the trained networks below show, and
# gradients by differences, which depend on no instruction set where the kernels' bits are right.
skipped='rows and k in runs,every shape around the edges*,gradients agree with central differences*'
for part in simd kernels layers; do
  begin=$SECONDS
  log=$folder/$part.log
  # The tests read their vectors from where the sources are.
  scripts/emulate_avx512/run.sh -f "tests/vectors:$PWD/tests/vectors" build/static/tests/$part/test_$part --no-version \
    --test-case-exclude="$skipped" >"$log" 2>&1 || { cat "$log"; exit 1; }
  echo "$part on the emulated CPU, $((SECONDS - begin)) s: $(grep 'test cases' "$log")"
done

scripts/fashion_mnist_subset.sh "$folder/data" 300 100

# same OPTIONS OF treadle train...: trains here with AVX2 and there with AVX-512.
same() {
  local train=(train --data "$folder/data" --seed 1 --quiet "$@") expected actual begin=$SECONDS
  TREADLE_ISA=avx2 build/release/tools/treadle/treadle "${train[@]}" --out "$folder/model"
  expected=$(sha256sum <"$folder/model")
  scripts/emulate_avx512/run.sh -e TREADLE_ISA=avx512 -f "$folder/data:$folder/data" -o /tmp/model \
    build/static/tools/treadle/treadle "${train[@]}" --out /tmp/model >"$folder/emulated"
  actual=$(sha256sum <"$folder/emulated")
  if [[ $actual != "$expected" ]]; then
    echo "$*: AVX-512 gives other bits (${actual%% *}) than AVX2 (${expected%% *})"
    return 1
  fi
  echo "$*: AVX-512 gives AVX2's bits, ${expected%% *} ($((SECONDS - begin)) s)"
}
same --model mlp --epochs 3 --batch-size 128 --optimizer nesterov
same --model mlp --epochs 3 --batch-size 128 --optimizer adamw
same --model cnn --epochs 1 --batch-size 47 --limit 100 --optimizer adam
