#!/bin/bash
# check_snippets.sh ROOT: each piece of C++ and CMake in README.md stands, line by line, in a program that tests build.
set -euo pipefail
cd "$1"

# Without white space: a piece may be laid out otherwise.
squeezed() { tr -d '[:space:]'; }
wrong=0 pieces=0
check() {  # language, files...
  local text piece
  text=$(cat "${@:2}" | squeezed)
  while IFS= read -r -d $'\x1e' piece; do
    pieces=$((pieces + 1))
    [[ $text == *"$(squeezed <<<"$piece")"* ]] && continue
    echo "README.md: not in ${*:2}: $piece"
    wrong=$((wrong + 1))
  done < <(awk -v start="^\`\`\`$1\$" '$0 ~ start { inside = 1; next } inside && /^```/ { printf "\036"; inside = 0 } inside' README.md)
}
check cpp examples/*.cpp
check cmake tests/install/consumer/CMakeLists.txt
((pieces > 0 && wrong == 0)) || exit 1
echo "all $pieces pieces of code are built somewhere"
