#!/bin/bash
# check_core_symbols.sh LIBTREADLE_CORE.A: treadle::core stands on a compiler alone. Whatever its objects ask of others
# is one of the few functions that every C++20 toolchain for bare metal has; no heap, exceptions, RTTI, threads or
# files. Conveniences for hosted programs, in the objects named below, may also use the heap.
set -euo pipefail
library=${1:?usage: check_core_symbols.sh LIBTREADLE_CORE.A}

# Objects whose functions return std::vector or allocate memory for the caller who asks for it.
hosted='model|preset|plan|report|step'
everyone='memcpy|memmove|memset|memcmp|strlen|fmaf|sqrtf|rintf|getenv|_GLOBAL_OFFSET_TABLE_'
everyone+='|__cpu_model|__cpu_indicator_init|__stack_chk_fail|__cxa_pure_virtual|_ZTV.*'
# operator new and delete (plain, aligned, nothrow), and what the standard containers call when a size is out of range.
convenience='_Zn[wa].*|_Zd[la].*|_ZSt7nothrow|_ZSt[0-9]+__throw_.*|_ZNSt7__cxx1112basic_string.*|_ZNKSt7__cxx1112basic_string.*'

defined=$(nm --defined-only --format=posix "$library" | awk 'NF > 1 { print $1 }' | sort -u)
objects=0 wrong=0 object=
while read -r name type _; do
  if [[ $type == "" ]]; then
    object=$(sed -E 's/.*\[(.*)\.cpp\.o(bj)?\]:/\1/' <<<"$name")
    objects=$((objects + 1))
    continue
  fi
  pattern=$everyone
  [[ $object =~ ^($hosted)$ ]] && pattern+="|$convenience"
  [[ $name =~ ^($pattern)$ ]] && continue
  echo "$object.cpp needs $(c++filt "$name")"
  wrong=$((wrong + 1))
done < <(nm --undefined-only --format=posix "$library" | awk -v defined="$defined" '
           BEGIN { n = split(defined, names, "\n"); for (i = 1; i <= n; ++i) own[names[i]] = 1 }
           NF == 0 || ($1 in own) { next } { print $1, $2 }')

((objects > 0)) || { echo "$library has no objects"; exit 1; }
((wrong == 0)) || { echo "$wrong symbols do not belong in treadle::core"; exit 1; }
echo "$objects objects need nothing but a compiler"
