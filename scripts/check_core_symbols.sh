#!/bin/bash
# check_core_symbols.sh LIBTREADLE_CORE.A: treadle::core stands on a compiler alone. Whatever its objects ask of others
# is one of the few functions that every C++20 toolchain for bare metal has; no heap, exceptions, RTTI, threads or
# files.
set -euo pipefail
library=${1:?usage: check_core_symbols.sh LIBTREADLE_CORE.A}

allowed='memcpy|memmove|memset|memcmp|bcmp|strlen|fmaf|sqrtf?|rintf|getenv|_GLOBAL_OFFSET_TABLE_'
# Of 32-bit ARM with Linux: division of integers, and which instructions the processor has.
allowed+='|__aeabi_u?idiv(mod)?|getauxval'
allowed+='|__cpu_model|__cpu_indicator_init|__stack_chk_fail|__cxa_pure_virtual|_ZTV.*'

defined=$("${NM:-nm}" --defined-only --format=posix "$library" | awk 'NF > 1 { print $1 }' | sort -u)
objects=0 wrong=0 object=
while read -r name type _; do
  if [[ $type == "" ]]; then
    object=$(sed -E 's/.*\[(.*)\.cpp\.o(bj)?\]:/\1/' <<<"$name")
    objects=$((objects + 1))
    continue
  fi
  # _ZTVN10__cxxabiv1... are the compiler library's: an object that asks for one has RTTI.
  [[ $name =~ ^($allowed)$ && $name != _ZTVN10__cxxabiv1* ]] && continue
  echo "$object.cpp needs $(c++filt "$name")"
  wrong=$((wrong + 1))
done < <("${NM:-nm}" --undefined-only --format=posix "$library" | awk -v defined="$defined" '
           BEGIN { n = split(defined, names, "\n"); for (i = 1; i <= n; ++i) own[names[i]] = 1 }
           NF == 0 || ($1 in own) { next } { print $1, $2 }')

((objects > 0)) || { echo "$library has no objects"; exit 1; }
((wrong == 0)) || { echo "$wrong symbols do not belong in treadle::core"; exit 1; }
echo "$objects objects need nothing but a compiler"
