#!/bin/bash
# check_core_only.sh: treadle::core builds and installs on its own, and a program without exceptions and RTTI trains
# with it.
set -euo pipefail
. "$(dirname "$0")/common.sh"

configure release -B build/core-only -D TREADLE_CORE_ONLY=ON -D TREADLE_BUILD_BENCHES=OFF -D TREADLE_ISAS=scalar
cmake --build build/core-only
scripts/check_core_symbols.sh build/core-only/lib/libtreadle-core.a

prefix=$PWD/build/core-only/prefix
rm -rf "$prefix"
cmake --install build/core-only --prefix "$prefix" >/dev/null
! find "$prefix" -name 'libtreadle.a' -o -name 'treadle.pc' | grep . || { echo "more than the core was installed"; exit 1; }
flags=$(PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name treadle-core.pc)") pkg-config --cflags --libs treadle-core)
for way in "-fno-exceptions -fno-rtti" ""; do
  # Flags are meant to be split.
  # shellcheck disable=SC2086
  g++ -std=c++20 $way tests/install/consumer/core_consumer.cpp -o build/core-only/core_consumer $flags
  build/core-only/core_consumer
done
