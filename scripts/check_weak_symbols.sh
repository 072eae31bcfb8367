#!/bin/bash
# check_weak_symbols.sh LIBTREADLE_CORE.A: objects compiled for one instruction set share no inline function with the
# rest of a program. The linker keeps one copy of such a function for everyone, and a copy with AVX2 in it ends the
# program on an older CPU. So each weak symbol in them has to carry the name of its instruction set.
set -euo pipefail
library=${1:?usage: check_weak_symbols.sh LIBTREADLE_CORE.A}

# object: the type in lib/simd that makes a symbol its own, and xsimd's name for the architecture.
declare -A own=(
  [scalar]='treadle::simd::Scalar'
  [sse2]='treadle::simd::Sse2|xsimd::sse2'
  [avx2]='treadle::simd::Avx2|xsimd::fma3<xsimd::avx2>|xsimd::avx2'
  [avx512]='treadle::simd::Avx512|xsimd::avx512(f|dq|bw)'
  [neon32]='treadle::simd::Neon32|xsimd::neon'
  [helium]='treadle::simd::Helium'
  [neon64]='treadle::simd::Neon64|xsimd::neon64'
)

objects=0 wrong=0 object=
# nm's symbol types: V, W, v, w are weak and u is unique.
while IFS= read -r line; do
  if [[ $line =~ ^(.*)\.cpp\.o(bj)?:$ ]]; then
    object=${BASH_REMATCH[1]}
    [[ -v own[$object] ]] && objects=$((objects + 1))
  elif [[ -v own[$object] && $line =~ ^[0-9a-f]*\ +[VWvwu]\ (.*)$ ]]; then
    symbol=${BASH_REMATCH[1]}
    [[ $symbol =~ ${own[$object]} ]] || { echo "isa/$object.cpp: shared with other objects: $symbol"; wrong=$((wrong + 1)); }
  fi
done < <("${NM:-nm}" --defined-only --demangle "$library")

((objects > 0)) || { echo "$library has no object of an instruction set"; exit 1; }
((wrong == 0)) || { echo "$wrong weak symbols do not belong to their instruction set alone"; exit 1; }
echo "every weak symbol of $objects instruction sets is its own"
