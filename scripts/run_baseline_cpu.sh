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
for part in base simd kernels layers optimizers losses model plan; do
  program=$build/tests/$part/test_$part
  [[ -x $program ]] || continue
  begin=$SECONDS
  emulated "$program" --no-version --test-case-exclude="$skipped" \
    >"$program.baseline.log" 2>&1 || { cat "$program.baseline.log"; exit 1; }
  echo "$part $((SECONDS - begin)) s: $(grep 'test cases' "$program.baseline.log")"
done

info=$(emulated "$build/tools/treadle/treadle" info)
grep -q sse2 <<<"$info" || { echo "$info"; echo "expected the tool to choose sse2 on this CPU"; exit 1; }
if TREADLE_ISA=avx2 emulated "$build/tools/treadle/treadle" info; then
  echo "expected an error for TREADLE_ISA=avx2 on this CPU"
  exit 1
fi
