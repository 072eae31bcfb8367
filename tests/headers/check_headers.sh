#!/bin/bash
# check_headers.sh INCLUDE_FOLDER COMPILER...: compiles each header in it alone, in every way that its users may.
set -euo pipefail
cd "$1"
shift
compilers=("$@")
((${#compilers[@]})) || { echo "expected a compiler"; exit 1; }

export warnings="-Wall -Wextra -Werror -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion"
ways=("" "-fno-exceptions -fno-rtti")

check_one() {  # compiler, flags, header
  # A header that is compiled as a main file would warn about its #pragma once.
  if ! echo "#include <$3>" | $1 -std=c++20 $warnings $2 -I. -fsyntax-only -x c++ -; then
    echo "$3 does not compile alone with: $1 $2"
    return 1
  fi
}
export -f check_one

for header in treadle/*.hpp; do
  for compiler in "${compilers[@]}"; do
    for way in "${ways[@]}"; do printf '%s\0%s\0%s\0' "$compiler" "$way" "$header"; done
  done
done | xargs -0 -n 3 -P "$(nproc)" bash -c 'check_one "$@"' check_one
echo "each of $(ls treadle/*.hpp | wc -l) headers compiles alone with: ${compilers[*]}"
