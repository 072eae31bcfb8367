#!/bin/bash
# Makes a small tree with every kind of bad include among good ones; the check has to name each bad one and no other.
set -euo pipefail
check=$(dirname "$(readlink -f "$0")")/../../scripts/check_includes.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
cd "$tree"

put() {  # file, includes...
  mkdir -p "$(dirname "$1")"
  printf '#include %s\n' "${@:2}" >"$1"
}

put lib/simd/avx2.hpp '<immintrin.h>' '<xsimd/xsimd.hpp>' '"base/checked.hpp"' '<treadle/result.hpp>'
put lib/base/tbb_executor.cpp '<oneapi/tbb/parallel_for.h>' '"base/executors.hpp"'
put lib/model/file.cpp '"formats/safetensors.hpp"' '"layers/layer.hpp"' '<treadle/layers.hpp>' '<vector>'
put include/treadle/plan.hpp '<treadle/model.hpp>' '<span>'
put include/treadle/treadle.hpp '<treadle/training.hpp>'
put tools/treadle/command.hpp '<CLI/CLI.hpp>'
put tools/treadle/main.cpp '"command.hpp"' '<treadle/treadle.hpp>'
"$check" "$tree" >output || { cat output; echo "a good tree was refused"; exit 1; }

put lib/base/up.cpp '"kernels/table.hpp"' '<treadle/isa.hpp>' '<thread>'
put lib/losses/across.cpp '"layers/layer.hpp"'
put lib/data/across.cpp '"plan/plan.hpp"'
put lib/kernels/third.cpp '<immintrin.h>' '<xsimd/xsimd.hpp>' '<tbb/tbb.h>'
put lib/plan/third.cpp '<zlib.h>' '<treadle/treadle.hpp>'
put lib/plan/relative.cpp '"plan.hpp"'
put lib/attic/room.cpp '<vector>'
put include/treadle/model.hpp '<treadle/plan.hpp>' '<zlib.h>' '"lib/base/arena.hpp"'
put include/treadle/new.hpp '<treadle/result.hpp>'
put tools/treadle/inside.cpp '"base/arena.hpp"'
put examples/inside.cpp '  "plan/plan.hpp"'
expected="examples/inside.cpp:1
include/treadle/model.hpp:1
include/treadle/model.hpp:2
include/treadle/model.hpp:2
include/treadle/model.hpp:3
include/treadle/new.hpp:1
lib/attic/room.cpp:1
lib/base/up.cpp:1
lib/base/up.cpp:2
lib/data/across.cpp:1
lib/kernels/third.cpp:1
lib/kernels/third.cpp:2
lib/kernels/third.cpp:3
lib/losses/across.cpp:1
lib/plan/relative.cpp:1
lib/plan/third.cpp:1
lib/plan/third.cpp:2
tools/treadle/inside.cpp:1"
if "$check" "$tree" >output; then
  echo "a bad tree was accepted"
  exit 1
fi
found=$(grep -oE '^[a-z/_]+\.[ch]pp:[0-9]+' output | sort)
diff <(echo "$expected") <(echo "$found") || { echo "expected (<) and found (>) differ"; exit 1; }
echo "found all that it has to find"
