#!/bin/bash
# run_baseline_cpu.sh [BUILD_FOLDER]: runs the tests of everything that depends on the instruction set on an emulated
# CPU without AVX. One instruction too many and they end with SIGILL.
set -euo pipefail
cd "$(dirname "$0")/.."
build=${1:-build/release}

emulated() { qemu-x86_64 -cpu Nehalem "$@"; }

# Not what shows nothing about instructions that other cases do not, and takes most of the time.
skipped='gradients agree with central differences*,every number of threads gives the same bits,every micro-batch gives the same bits'
skipped+=',10*000 random budgets*,a step takes over from one of another instruction set*,an iteration sliced at any tile*'
skipped+=",threads take a slice's tiles several at a time*"
export build skipped TREADLE_RANDOM_MODELS=10
run_part() {
  local program=$build/tests/$1/test_$1 begin=$SECONDS
  [[ -x $program ]] || return 0
  emulated "$program" --no-version --test-case-exclude="$skipped" >"$program.baseline.log" 2>&1 ||
    { cat "$program.baseline.log"; return 1; }
  echo "$1 $((SECONDS - begin)) s: $(grep 'test cases' "$program.baseline.log")"
}
export -f emulated run_part
# The longest first, one on each core.
printf '%s\n' plan kernels base simd layers optimizers losses model | xargs -P "$(nproc)" -I{} bash -c 'run_part {}'

info=$(emulated "$build/tools/treadle/treadle" info)
grep -q sse2 <<<"$info" || { echo "$info"; echo "expected the tool to choose sse2 on this CPU"; exit 1; }
if TREADLE_ISA=avx2 emulated "$build/tools/treadle/treadle" info; then
  echo "expected an error for TREADLE_ISA=avx2 on this CPU"
  exit 1
fi
